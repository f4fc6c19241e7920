// The time line: a row for each unit of each core, drawn on a canvas as far as it is in sight.
"use strict";

(function (t) {
    const gutter = 112, margin = 30, unit_height = 15, zone_height = 11, core_height = 19, gap = 4;
    const shown_units = new Set();
    let rows = [], height = 0, chosen = null, canvas, context, scroll, ratio = 1, due = false;

    function core_wanted(core, number) {
        if (document.getElementById("only-core").checked) return number === t.state.core;
        const text = document.getElementById("core-filter").value.trim();
        if (text === "" || text === "all") return true;
        return text.split(/[;\s]+/).some((part) => {
            const range = part.split(",").map((side) => side.split("-").map(Number));
            return range.length === 2 && range.every((side, axis) =>
                core.at[axis] >= side[0] && core.at[axis] <= (side.length > 1 ? side[1] : side[0]));
        });
    }

    function make_rows() {
        rows = [];
        let y = 0;
        const add = (row, row_height) => {
            row.y = y;
            row.height = row_height;
            y += row_height;
            rows.push(row);
        };
        t.launch().cores.forEach((core, number) => {
            if (!core_wanted(core, number)) return;
            add({ kind: "core", core: number }, core_height);
            core.units.forEach((unit, unit_number) => {
                if (unit === null || !shown_units.has(unit_number)) return;
                const zones = core.zones[unit_number] || [];
                if (zones.length !== 0) {
                    add({ kind: "zones", core: number, unit: unit_number, zones }, zone_height * (1 + d3.max(zones, (zone) => zone.depth)) + 1);
                }
                add({ kind: "unit", core: number, unit: unit_number, of: unit }, unit_height);
            });
            y += gap;
        });
        height = y;
        document.getElementById("timeline-spacer").style.height = Math.max(0, height - canvas.clientHeight) + "px";
    }

    const width = () => scroll.clientWidth;
    const scale = () => d3.scaleLinear().domain([t.state.from, t.state.to]).range([gutter, width() - margin]);
    const matches = (what) => t.state.matches === null || t.state.matches.of_what[what];

    // ---- drawing --------------------------------------------------------------------------------------------------

    /// What shares a pixel divides its column: work from below, waits above it.
    class Pixel {
        constructor(unit, y) {
            this.unit = unit;
            this.y = y;
            this.at = -1;
            this.sums = new Float64Array(t.data.doings.length * 2);
        }
        add(at, doing, share, bright) {
            if (at !== this.at) {
                this.flush();
                this.at = at;
            }
            this.sums[doing * 2 + (bright ? 0 : 1)] += share;
        }
        flush() {
            if (this.at < 0) return;
            const full = unit_height - 2;
            let bottom = this.y + 1 + full;
            for (let i = 0; i < this.sums.length; ++i) {
                if (this.sums[i] === 0) continue;
                const part = Math.min(1, this.sums[i]) * full;
                context.globalAlpha = i % 2 === 0 ? 1 : 0.2;
                context.fillStyle = t.colour(this.unit, i >> 1);
                context.fillRect(this.at, bottom - part, 1, part);
                bottom -= part;
            }
            context.globalAlpha = 1;
            this.sums.fill(0);
            this.at = -1;
        }
    }

    function text_in(text, x, y, room, size, colour) {
        const most = Math.floor((room - 6) / (size * 0.56));
        if (most < 3) return;
        context.fillStyle = colour;
        context.font = size + "px system-ui, 'DejaVu Sans', sans-serif";
        context.fillText(text.length <= most ? text : text.slice(0, most - 1) + "\u2026", x + 3, y);
    }

    function draw_spans(row, y, x) {
        const unit = row.of, pixel = new Pixel(row.unit, y);
        const [left, right] = x.range();
        for (let i = t.first_after(unit, t.state.from); i < unit.n && unit.begin[i] < t.state.to; ++i) {
            const what = unit.what[i], doing = t.data.whats[what][0], bright = matches(what);
            const from = Math.max(left, x(unit.begin[i])), to = Math.min(right, x(unit.end[i]));
            if (to - from < 1.5) {
                pixel.add(Math.floor(from), doing, to - from, bright);
                continue;
            }
            pixel.flush();
            const wait = doing !== 0, top = y + (wait ? 4 : 1), tall = unit_height - (wait ? 7 : 2);
            context.globalAlpha = bright ? 1 : 0.2;
            context.fillStyle = t.colour(row.unit, doing);
            // A hair between neighbours tells them apart.
            context.fillRect(from, top, Math.max(1, to - from - (to - from > 4 ? 0.7 : 0)), tall);
            if (to - from > 26) {
                const name = t.name_of_what(what);
                text_in(wait ? name.replace("waits for ", "") : name, from, y + 11, to - from, wait ? 9 : 10.5,
                    t.ink_on(t.colour(row.unit, doing)));
            }
            context.globalAlpha = 1;
        }
        pixel.flush();
    }

    function draw_bins(row, y, x) {
        const unit = row.of, pixel = new Pixel(row.unit, y), doings = t.data.doings.length;
        const bin = Math.max(1, t.launch().device) / unit.n;
        const last = Math.min(unit.n - 1, Math.floor(t.state.to / bin));
        const [left, right] = x.range();
        for (let i = Math.max(0, Math.floor(t.state.from / bin)); i <= last; ++i) {
            if (unit.top[i] < 0) continue;
            const from = Math.max(left, x(i * bin)), to = Math.min(right, x((i + 1) * bin)), bright = matches(unit.top[i]);
            for (let doing = 0; doing < doings; ++doing) {
                const share = unit.shares[i * doings + doing] / t.data.share_steps;
                if (share === 0) continue;
                for (let at = Math.floor(from); at < to; ++at) {
                    // Pixels that a bin touches only in part get that part of it.
                    const part = Math.min(at + 1, to) - Math.max(at, from);
                    if (to - from <= 1.5) {
                        pixel.add(at, doing, share * part, bright);
                    }
                }
            }
            if (to - from > 1.5) {
                pixel.flush();
                let bottom = y + unit_height - 1;
                context.globalAlpha = bright ? 1 : 0.2;
                for (let doing = 0; doing < doings; ++doing) {
                    const part = Math.min(1, unit.shares[i * doings + doing] / t.data.share_steps) * (unit_height - 2);
                    context.fillStyle = t.colour(row.unit, doing);
                    if (part > 0) context.fillRect(from, bottom - part, to - from, part);
                    bottom -= part;
                }
                context.globalAlpha = 1;
            }
        }
        pixel.flush();
    }

    function draw_zones(row, y, x) {
        const [left, right] = x.range();
        for (const zone of row.zones) {
            if (zone.end <= t.state.from || zone.begin >= t.state.to) continue;
            const from = Math.max(left, x(zone.begin)), to = Math.min(right, x(zone.end));
            context.globalAlpha = t.state.matches === null || t.state.matches.of_zone(zone.name) ? 1 : 0.2;
            context.fillStyle = "#5b6472";
            context.fillRect(from, y + zone.depth * zone_height + 1, Math.max(1, to - from - 0.7), zone_height - 2);
            text_in(zone.name, from, y + zone.depth * zone_height + 9, to - from, 9, "#ffffff");
            context.globalAlpha = 1;
        }
    }

    function draw_chosen(x, top) {
        if (chosen === null) return;
        const middle = (core, unit) => {
            const row = rows.find((one) => one.kind === "unit" && one.core === core && one.unit === unit);
            return row === undefined ? null : row.y - top + unit_height / 2;
        };
        const y = middle(chosen.core, chosen.unit);
        if (y === null) return;
        context.strokeStyle = t.style("--ink");
        context.lineWidth = 1.6;
        const [left, right] = x.range();
        const from = Math.max(left, x(chosen.begin)), to = Math.min(right, x(chosen.end));
        if (to > left && from < right) context.strokeRect(from - 1, y - unit_height / 2, to - from + 2, unit_height);
        const cause = t.cause_of(chosen);
        const cause_y = cause === null ? null : middle(cause.core, cause.unit);
        if (cause_y === null || cause.time < t.state.from || chosen.end > t.state.to) return;
        context.beginPath();
        context.moveTo(x(cause.time), cause_y);
        const bend = Math.max(14, (x(chosen.end) - x(cause.time)) / 2);
        context.bezierCurveTo(x(cause.time) + bend, cause_y, x(chosen.end) - bend, y, x(chosen.end), y);
        context.stroke();
        context.beginPath();
        context.arc(x(chosen.end), y, 3, 0, 7);
        context.fillStyle = t.style("--ink");
        context.fill();
    }

    function draw() {
        due = false;
        const wide = width(), tall = canvas.clientHeight, top = scroll.scrollTop, x = scale();
        if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(tall * ratio)) {
            canvas.width = Math.round(wide * ratio);
            canvas.height = Math.round(tall * ratio);
        }
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        context.clearRect(0, 0, wide, tall);
        const idle = t.style("--idle"), ink = t.style("--ink"), faint = t.style("--faint");
        let drawn = 0;
        for (const row of rows) {
            const y = row.y - top;
            if (y + row.height < 0 || y > tall) continue;
            ++drawn;
            const core = t.launch().cores[row.core];
            if (row.kind === "core") {
                context.fillStyle = ink;
                context.font = (row.core === t.state.core ? "bold " : "") + "12px system-ui, 'DejaVu Sans', sans-serif";
                const name = t.name_of_core(core);
                context.fillText(name, 6, y + 14);
                const kernels = core.kernels.map((kernel, i) => (kernel < 0 ? "" : ["BRISC ", "NCRISC ", "TRISC "][i] + t.data.kernels[kernel]))
                    .filter((text) => text !== "").join("   ");
                context.font = "11px system-ui, 'DejaVu Sans', sans-serif";
                context.fillStyle = faint;
                context.fillText(kernels + "   ends at " + t.us(core.end), Math.max(gutter, context.measureText(name).width + 26), y + 14);
                continue;
            }
            context.fillStyle = faint;
            context.font = "10.5px system-ui, 'DejaVu Sans', sans-serif";
            context.fillText(row.kind === "zones" ? "zones" : t.data.units[row.unit], 18, y + (row.kind === "zones" ? 9 : 11));
            if (row.kind === "zones") {
                draw_zones(row, y, x);
                continue;
            }
            context.fillStyle = idle;
            context.fillRect(gutter, y + unit_height - 2, wide - margin - gutter, 1);
            (row.of.spans ? draw_spans : draw_bins)(row, y, x);
        }
        draw_chosen(x, top);
        t.timeline.drawn = drawn;
        const axis = d3.axisTop(d3.scaleLinear().domain([t.state.from / t.data.aiclk_mhz, t.state.to / t.data.aiclk_mhz]).range(x.range()))
            .ticks(Math.max(3, Math.floor(wide / 130))).tickFormat((us) => d3.format(",.6~g")(us) + " \u00b5s").tickSizeOuter(0);
        d3.select("#timeline-axis").selectAll("g").data([0]).join("g").attr("class", "axis").attr("transform", "translate(0,23)").call(axis);
    }
    function redraw() {
        if (!due) {
            due = true;
            requestAnimationFrame(draw);
        }
    }

    // ---- what is under the mouse ----------------------------------------------------------------------------------

    function under(event) {
        const box = canvas.getBoundingClientRect(), y = event.clientY - box.top + scroll.scrollTop, at = event.clientX - box.left;
        const row = rows.find((one) => y >= one.y && y < one.y + one.height);
        if (row === undefined) return null;
        if (row.kind === "core" || at < gutter) return { row };
        const time = scale().invert(at), slack = (t.state.to - t.state.from) / width();
        if (row.kind === "zones") {
            const depth = Math.floor((y - row.y) / zone_height);
            return { row, zone: row.zones.find((zone) => zone.depth === depth && zone.begin <= time && zone.end > time) };
        }
        if (!row.of.spans) {
            return { row, bin: Math.max(0, Math.min(row.of.n - 1, Math.floor(time / Math.max(1, t.launch().device) * row.of.n))) };
        }
        const index = t.first_after(row.of, time - slack);
        if (index < row.of.n && row.of.begin[index] <= time + slack) return { row, index };
        return { row };
    }

    t.cause_of = function (span) {
        if (span.index === undefined) return null;
        const unit = t.launch().cores[span.core].units[span.unit], cause = unit.cause[span.index], n = t.data.units.length;
        if (cause === 0) return null;
        const time = unit.cause_time[span.index];
        if (cause <= n) return { core: span.core, unit: cause - 1, time };
        return { core: Math.floor((cause - 1 - n) / n), unit: (cause - 1 - n) % n, time };
    };

    function span_html(span) {
        const core = t.launch().cores[span.core], unit = core.units[span.unit], what = unit.what[span.index];
        const one = t.text_of_what[what], cause = t.cause_of(span);
        const times = t.us(unit.begin[span.index]) + " to " + t.us(unit.end[span.index]) + ": " +
            t.count(unit.end[span.index] - unit.begin[span.index]) + " cycles";
        let html = "<b>" + t.escaped(t.name_of_what(what)) + "</b><br>" + t.escaped(t.data.units[span.unit] + " of " + t.name_of_core(core)) + "<br>" + times;
        if (one.doing !== 0) html += "<br>in " + t.escaped(one.place + " " + one.call);
        if (one.called !== "") html += "<br>" + t.escaped(one.called);
        if (cause !== null) {
            html += "<br>ended by " + t.escaped(t.data.units[cause.unit] + " of " + t.name_of_core(t.launch().cores[cause.core])) + " at " + t.us(cause.time);
        }
        return html;
    }

    function hit_html(hit) {
        if (hit.index !== undefined) return span_html({ core: hit.row.core, unit: hit.row.unit, index: hit.index });
        if (hit.zone !== undefined) {
            return "<b>zone " + t.escaped(hit.zone.name) + "</b><br>" + t.us(hit.zone.begin) + " to " + t.us(hit.zone.end) + ": " + t.count(hit.zone.end - hit.zone.begin) + " cycles";
        }
        if (hit.bin === undefined) return null;
        const unit = hit.row.of, doings = t.data.doings.length, bin = t.launch().device / unit.n;
        if (unit.top[hit.bin] < 0) return null;
        let html = "<b>" + t.escaped(t.data.units[hit.row.unit]) + "</b>, " + t.us(hit.bin * bin) + " to " + t.us((hit.bin + 1) * bin);
        for (let doing = 0; doing < doings; ++doing) {
            const share = unit.shares[hit.bin * doings + doing];
            if (share !== 0) html += "<br>" + t.percent(share / t.data.share_steps) + " " + t.escaped(t.name_of_doing(doing));
        }
        return html + "<br>most of it: " + t.escaped(t.name_of_what(unit.top[hit.bin]));
    }

    function choose(span) {
        chosen = span;
        const panel = d3.select("#selected").classed("faint", span === null).html("");
        if (span === null) {
            panel.text("Click on a span.");
        } else {
            panel.append("div").html(span_html(span));
            const cause = t.cause_of(span);
            if (cause !== null) {
                panel.append("button").text("go to what ended it").on("click", () => {
                    const unit = t.launch().cores[cause.core].units[cause.unit];
                    const hit = { core: cause.core, unit: cause.unit, begin: cause.time, end: cause.time };
                    if (unit !== null && unit.spans) {
                        const index = Math.min(unit.n - 1, t.first_after(unit, cause.time - 0.5));
                        Object.assign(hit, { index, begin: unit.begin[index], end: unit.end[index] });
                    }
                    t.timeline.show(hit);
                });
            }
        }
        redraw();
    }

    // ---- moving ---------------------------------------------------------------------------------------------------

    t.zoom = function (factor, at) {
        const middle = at === undefined ? (t.state.from + t.state.to) / 2 : at;
        t.set_window(middle - (middle - t.state.from) * factor, middle + (t.state.to - middle) * factor);
    };
    t.move = function (part) {
        const by = (t.state.to - t.state.from) * part;
        t.set_window(t.state.from + by, t.state.to + by);
    };

    function listen() {
        canvas.addEventListener("wheel", (event) => {
            if (event.ctrlKey || event.metaKey) {
                event.preventDefault();
                t.zoom(Math.pow(1.0018, event.deltaY), scale().invert(event.clientX - canvas.getBoundingClientRect().left));
            } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
                event.preventDefault();
                t.move((event.deltaX || event.deltaY) / width());
            }
        }, { passive: false });
        let drag = null;
        canvas.addEventListener("pointerdown", (event) => {
            drag = { x: event.clientX, y: event.clientY, from: t.state.from, top: scroll.scrollTop, moved: false };
            canvas.setPointerCapture(event.pointerId);
        });
        canvas.addEventListener("pointermove", (event) => {
            if (drag !== null) {
                const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
                drag.moved = drag.moved || Math.abs(dx) + Math.abs(dy) > 4;
                if (drag.moved) {
                    const by = -dx * (t.state.to - t.state.from) / (width() - gutter - margin), length = t.state.to - t.state.from;
                    t.set_window(drag.from + by, drag.from + by + length);
                    scroll.scrollTop = drag.top - dy;
                }
                t.tip(null);
                return;
            }
            const hit = under(event);
            t.tip(hit === null ? null : hit_html(hit), event);
        });
        canvas.addEventListener("pointerup", (event) => {
            const click = drag !== null && !drag.moved;
            drag = null;
            if (!click) return;
            const hit = under(event);
            if (hit === null) return;
            if (hit.row.core !== t.state.core) t.set_core(hit.row.core);
            if (hit.index !== undefined) {
                const unit = hit.row.of;
                choose({ core: hit.row.core, unit: hit.row.unit, index: hit.index, begin: unit.begin[hit.index], end: unit.end[hit.index] });
            }
        });
        canvas.addEventListener("pointerleave", () => t.tip(null));
        canvas.addEventListener("dblclick", (event) => t.zoom(0.5, scale().invert(event.clientX - canvas.getBoundingClientRect().left)));
        scroll.addEventListener("scroll", redraw);
        document.addEventListener("keydown", (event) => {
            if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
            const act = { w: () => t.zoom(0.7), s: () => t.zoom(1 / 0.7), a: () => t.move(-0.15), d: () => t.move(0.15), f: () => t.set_window(0, t.launch().device) }[event.key.toLowerCase()];
            if (act !== undefined) act();
        });
    }

    t.timeline = {
        drawn: 0,
        rows: () => rows,
        draw_now: draw,
        /// Moves to a span or zone and chooses it.
        show(hit) {
            const length = t.state.to - t.state.from;
            if (hit.begin < t.state.from || hit.end > t.state.to || hit.end - hit.begin < length / 400) {
                const around = Math.max((hit.end - hit.begin) * 6, Math.min(length, 4000));
                const middle = (hit.begin + hit.end) / 2;
                t.set_window(middle - around / 2, middle + around / 2);
            }
            if (!rows.some((one) => one.core === hit.core)) {
                document.getElementById("core-filter").value = "";
                document.getElementById("only-core").checked = false;
                make_rows();
            }
            if (hit.core !== t.state.core) t.set_core(hit.core);
            const row = rows.find((one) => one.core === hit.core && one.unit === hit.unit && one.kind === (hit.zone ? "zones" : "unit"));
            if (row !== undefined && (row.y < scroll.scrollTop + 10 || row.y > scroll.scrollTop + canvas.clientHeight - 40)) {
                scroll.scrollTop = row.y - canvas.clientHeight / 2;
            }
            choose(hit.index === undefined ? null : hit);
        },
        start() {
            scroll = document.getElementById("timeline-scroll");
            canvas = scroll.querySelector("canvas");
            context = canvas.getContext("2d");
            ratio = window.devicePixelRatio || 1;
            t.data.units.forEach((name, unit) => shown_units.add(unit));
            const filter = d3.select("#unit-filter").selectAll("label").data(t.data.units).join("label").style("margin-right", "10px");
            filter.append("input").attr("type", "checkbox").property("checked", true).on("change", function (name, unit) {
                this.checked ? shown_units.add(unit) : shown_units.delete(unit);
                make_rows();
                redraw();
            });
            filter.append("span").text((name) => " " + name);
            for (const id of ["core-filter", "only-core"]) {
                document.getElementById(id).addEventListener("input", () => {
                    make_rows();
                    redraw();
                });
            }
            listen();
            t.changed.on("window.timeline", redraw);
            t.changed.on("search.timeline", redraw);
            t.changed.on("size.timeline", redraw);
            t.changed.on("core.timeline", () => {
                if (document.getElementById("only-core").checked) make_rows();
                redraw();
            });
            t.changed.on("launch.timeline", () => {
                chosen = null;
                choose(null);
                make_rows();
                scroll.scrollTop = 0;
                const present = new Set();
                t.launch().cores.forEach((core) => core.units.forEach((unit, number) => {
                    if (unit === null) return;
                    const sums = t.spent(core, number, 0, t.launch().device);
                    sums.forEach((sum, doing) => { if (sum > 0) present.add(doing === 0 ? t.colour(number, 0) + "|" + (number < t.units_of_risc ? "a processor's own code" : t.data.units[number]) : t.colour(number, doing) + "|" + t.name_of_doing(doing)); });
                }));
                const legend = d3.select("#legend").selectAll("span.entry").data(Array.from(present)).join("span").attr("class", "entry").html("");
                legend.append("i").style("background", (text) => text.split("|")[0]);
                legend.append("span").text((text) => text.split("|")[1]);
                redraw();
            });
            // The canvas is as tall as what it is seen through.
            canvas.style.width = "100%";
            canvas.style.height = scroll.clientHeight + "px";
        },
    };
})(tessera);
