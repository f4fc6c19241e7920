// Everything on the page but the time line, and what starts it all.
"use strict";

(function (t) {
    const select = d3.select;
    const window_length = () => t.state.to - t.state.from;

    // ---- summary --------------------------------------------------------------------------------------------------

    function summary() {
        const data = t.data, answers = data.answers;
        select("#title").text("Time of " + data.program);
        select("#sub").text("on " + data.board + " at " + data.aiclk_mhz + " MHz" + (data.what_if === "" ? "" : ", with " + data.what_if) +
            ", predicted by replaying the recorded run");
        const device = d3.sum(data.launches, (launch) => launch.device), host = d3.sum(data.launches, (launch) => launch.host);
        const cards = [[t.us(data.total), "in all"], [t.us(device), "on the device, " + t.count(Math.round(device)) + " cycles"],
            [t.us(host), "dispatch that nothing hides"], [t.count(data.launches.length), data.launches.length === 1 ? "launch" : "launches"]];
        const card = select("#cards").selectAll("div").data(cards).join("div").attr("class", "card");
        card.append("b").text((one) => one[0]);
        card.append("span").text((one) => one[1]);
        select("#verdict").text(answers.bottleneck.charAt(0).toUpperCase() + answers.bottleneck.slice(1));
        select("#evidence").selectAll("li").data(answers.evidence).join("li").text((one) => one);

        if (answers.suggestions.length === 0) {
            select("#suggestions").append("p").attr("class", "faint").text("None that was tried saves as much as one part in a hundred.");
        } else {
            const row = select("#suggestions").append("table").selectAll("tr").data(answers.suggestions).join("tr");
            row.append("td").text((one) => one.text);
            row.append("td").attr("class", "number").text((one) => "\u2212" + t.percent(one.gain));
            row.append("td").attr("class", "number").text((one) => t.us(one.total));
        }
        const table = select("#path").append("table");
        const row = table.selectAll("tr").data(answers.path).join("tr");
        row.append("td").append("code").text((one) => one.place);
        row.append("td").text((one) => data.units[one.unit] + (one.transit ? ": a signal on its way" : one.doing === 0 ? ": " + one.call : " " + t.name_of_doing(one.doing)));
        row.append("td").attr("class", "number").text((one) => t.us(one.cycles));
        row.append("td").attr("class", "number").text((one) => t.percent(one.cycles / Math.max(1, answers.path_length)));
        if (data.given_up > 0) data.notes.push(t.count(data.given_up) + " waits did not end in the replay as they did in the run and were ended: the times are less sure.");
        select("#notes").attr("hidden", data.notes.length === 0 ? "" : null).selectAll("p").data(data.notes).join("p").text((one) => one);
    }

    // ---- the bar: launch, window, search --------------------------------------------------------------------------

    function bar() {
        const shown = t.data.launches.map((launch, number) => ({ launch, number })).filter((one) => one.launch.shown);
        select("#launch").attr("hidden", shown.length < 2 ? "" : null).on("change", function () { t.set_launch(+this.value); })
            .selectAll("option").data(shown).join("option").attr("value", (one) => one.number)
            .text((one) => (one.launch.name === "" ? "launch " + one.launch.number : one.launch.name + " (" + one.launch.number + ")") + ": " + t.us(one.launch.device));
        select("#whole").on("click", () => t.set_window(0, t.launch().device));
        select("#closer").on("click", () => t.zoom(0.6));
        select("#farther").on("click", () => t.zoom(1 / 0.6));
        const slider = document.getElementById("slider");
        slider.addEventListener("input", () => {
            const whole = t.launch().device;
            // Of the whole there is nothing to slide over: a sixteenth of it is.
            const length = window_length() >= whole * 0.999 ? whole / 16 : window_length();
            const from = slider.value / 1000 * (whole - length);
            t.set_window(from, from + length);
        });
        let playing = null;
        const stop = () => {
            clearInterval(playing);
            playing = null;
            select("#play").text("play");
        };
        select("#play").on("click", () => {
            if (playing !== null) return stop();
            const whole = t.launch().device;
            if (window_length() >= whole * 0.999 || t.state.to >= whole * 0.999) t.set_window(0, Math.min(window_length(), whole / 16));
            select("#play").text("stop");
            playing = setInterval(() => {
                t.set_window(t.state.from + window_length() / 12, t.state.to + window_length() / 12);
                if (t.state.to >= t.launch().device * 0.9999) stop();
            }, 60);
        });
        const search = document.getElementById("search");
        let waiting = null;
        search.addEventListener("input", () => {
            clearTimeout(waiting);
            waiting = setTimeout(() => t.search(search.value), 120);
        });
        search.addEventListener("keydown", (event) => {
            if (event.key !== "Enter") return;
            if (search.value !== t.state.query) t.search(search.value);
            t.go_to_match(event.shiftKey ? -1 : 1);
        });
        select("#next").on("click", () => t.go_to_match(1));
        select("#previous").on("click", () => t.go_to_match(-1));
        t.changed.on("search.bar", () => {
            const found = t.state.found;
            select("#search-text").text(t.state.matches === null ? "" :
                (found.at >= 0 ? t.count(found.at + 1) + " of " : "") + t.count(found.count) + (found.count === 1 ? " match, " : " matches, ") + t.us(found.cycles) +
                (found.in_bins > 0 ? ", and most of " + t.count(found.in_bins) + " bins" : ""));
        });
        t.changed.on("window.bar", () => {
            const whole = t.launch().device;
            if (document.activeElement !== slider) slider.value = whole > window_length() ? Math.round(t.state.from / (whole - window_length()) * 1000) : 0;
            select("#window-text").text(t.us(t.state.from) + " to " + t.us(t.state.to) + " of " + t.us(whole));
        });
        overview();
    }

    function overview() {
        const svg = select("#overview"), margin = 2;
        let brush = null, inside = false;
        t.changed.on("launch.overview", lay_out);
        t.changed.on("size.overview", lay_out);
        function lay_out() {
            const width = svg.node().clientWidth, height = svg.node().clientHeight, launch = t.launch(), n = 240;
            const x = d3.scaleLinear().domain([0, Math.max(1, launch.device)]).range([margin, width - margin]);
            const busiest = d3.scan(d3.range(t.data.units.length), (a, b) => total(b) - total(a));
            function total(unit) {
                // The matrix unit, if it does anything.
                const busy = d3.sum(launch.cores, (core) => d3.sum(core.spent, (one) => (one[0] === unit && one[1] === 0 ? one[2] : 0)));
                return unit === 6 && busy > 0 ? Infinity : busy;
            }
            const points = d3.range(n).map((i) => {
                const from = i * launch.device / n, to = (i + 1) * launch.device / n;
                return {
                    at: (from + to) / 2,
                    busy: d3.sum(launch.cores, (core) => t.spent(core, busiest, from, to)[0]) / Math.max(1e-9, to - from) / Math.max(1, launch.cores.length),
                    dram: d3.sum(launch.chips, (chip) => d3.sum(chip.banks, (bank) => t.sum_of(bank, from, to))) /
                        Math.max(1e-9, to - from) / (t.data.chip.bank_bytes_per_cycle * t.data.chip.banks * Math.max(1, launch.chips.length)),
                };
            });
            const y = d3.scaleLinear().domain([0, 1]).range([height - 1, 18]).clamp(true);
            svg.html("");
            svg.append("rect").attr("width", width).attr("height", height).attr("fill", t.style("--panel"));
            svg.append("path").attr("fill", t.colour(busiest, 0)).attr("opacity", 0.75)
                .attr("d", d3.area().x((p) => x(p.at)).y0(height).y1((p) => y(p.busy)).curve(d3.curveStep)(points));
            svg.append("path").attr("fill", "none").attr("stroke", "#d1495b").attr("stroke-width", 1.5)
                .attr("d", d3.line().x((p) => x(p.at)).y((p) => y(p.dram)).curve(d3.curveStep)(points));
            const words = svg.append("text").attr("x", 8).attr("y", 12).attr("font-size", 10.5);
            words.append("tspan").text(t.data.units[busiest] + " busy, mean of all cores").style("fill", t.colour(busiest, 0));
            words.append("tspan").attr("dx", 12).text("DRAM, share of its peak").style("fill", "#d1495b");
            brush = d3.brushX().extent([[margin, 0], [width - margin, height]]).on("brush end", () => {
                if (inside || !d3.event.sourceEvent) return;
                const range = d3.event.selection;
                if (range === null) t.set_window(0, launch.device);
                else t.set_window(x.invert(range[0]), x.invert(range[1]));
            });
            svg.append("g").attr("class", "brush").call(brush);
            show();
        }
        function show() {
            const width = svg.node().clientWidth, x = d3.scaleLinear().domain([0, Math.max(1, t.launch().device)]).range([margin, width - margin]);
            inside = true;
            svg.select(".brush").call(brush.move, window_length() >= t.launch().device * 0.999 ? null : [x(t.state.from), Math.max(x(t.state.from) + 2, x(t.state.to))]);
            inside = false;
        }
        t.changed.on("window.overview", show);
    }

    // ---- cores ----------------------------------------------------------------------------------------------------

    let metrics = [];
    function make_metrics() {
        const present = new Set();
        t.launch().cores.forEach((core) => core.spent.forEach((one) => present.add(one[0] * 100 + one[1])));
        metrics = [];
        const order = [6, 5, 7, 0, 1, 2, 3, 4];
        for (const unit of order) {
            for (let doing = 0; doing < t.data.doings.length; ++doing) {
                if (present.has(unit * 100 + doing)) {
                    metrics.push({ group: t.data.units[unit], name: t.data.units[unit] + " " + t.name_of_doing(doing), share: true,
                        of: (core) => t.spent(core, unit, t.state.from, t.state.to)[doing] / window_length() });
                }
            }
        }
        ["bytes read over the NoC, a cycle", "bytes written over the NoC, a cycle", "bytes from and to DRAM, a cycle"].forEach((name, i) =>
            metrics.push({ group: "traffic", name, share: false, of: (core) => t.sum_of(core.traffic[i], t.state.from, t.state.to) / window_length() }));
        metrics.push({ group: "whole launch", name: "when the core is done", share: false, time: true, of: (core) => core.end });
        const groups = d3.nest().key((one) => one.group).entries(metrics);
        const chooser = select("#metric"), before = chooser.property("value");
        chooser.html("").selectAll("optgroup").data(groups).join("optgroup").attr("label", (one) => one.key)
            .selectAll("option").data((one) => one.values).join("option").attr("value", (one) => metrics.indexOf(one)).text((one) => one.name);
        if (before !== "" && +before < metrics.length) chooser.property("value", before);
    }

    function draw_grid() {
        const launch = t.launch(), metric = metrics[+select("#metric").property("value")] || metrics[0];
        if (metric === undefined) return;
        const values = launch.cores.map(metric.of), most = d3.max(values) || 0;
        const top = metric.share && document.getElementById("full-scale").checked ? 1 : most > 0 ? most : 1;
        const form = (value) => (metric.share ? d3.format(".0f")(100 * value) + " %" : metric.time ? t.us(value) : d3.format(value < 10 ? ".2f" : ".0f")(value));
        const [columns, lines] = t.data.chip.compute_grid, chips = launch.devices.length;
        const size = Math.max(24, Math.min(54, Math.floor(620 / columns / Math.min(2, chips))));
        const across = chips > 1 ? 2 : 1, chip_width = columns * size + 34, chip_height = lines * size + 40;
        const svg = select("#grid").selectAll("svg").data([0]).join("svg").attr("width", across * chip_width).attr("height", Math.ceil(chips / across) * chip_height + 46);
        const place = (device) => {
            const i = launch.devices.indexOf(device);
            return [(i % across) * chip_width + 26, Math.floor(i / across) * chip_height + 22];
        };
        const idle = [];
        launch.devices.forEach((device) => d3.cross(d3.range(columns), d3.range(lines)).forEach(([x, y]) => idle.push({ device, x, y })));
        svg.selectAll("rect.idle").data(idle).join("rect").attr("class", "idle").attr("width", size - 2).attr("height", size - 2).attr("rx", 3)
            .attr("x", (one) => place(one.device)[0] + one.x * size).attr("y", (one) => place(one.device)[1] + one.y * size).attr("fill", t.style("--idle"));
        const ticks = [];
        launch.devices.forEach((device) => {
            d3.range(columns).forEach((x) => ticks.push({ text: x, x: place(device)[0] + x * size + size / 2, y: place(device)[1] - 6 }));
            d3.range(lines).forEach((y) => ticks.push({ text: y, x: place(device)[0] - 12, y: place(device)[1] + y * size + size / 2 + 4 }));
            if (chips > 1) ticks.push({ text: "device " + device, x: place(device)[0] + columns * size / 2, y: place(device)[1] + lines * size + 13 });
        });
        svg.selectAll("text.tick").data(ticks).join("text").attr("class", "tick faint").attr("text-anchor", "middle").attr("font-size", 11)
            .attr("x", (one) => one.x).attr("y", (one) => one.y).text((one) => one.text);
        svg.selectAll("rect.cell").data(launch.cores).join("rect").attr("class", (core, i) => (i === t.state.core ? "cell chosen" : "cell"))
            .attr("width", size - 2).attr("height", size - 2).attr("rx", 3)
            .attr("x", (core) => place(core.device)[0] + core.at[0] * size).attr("y", (core) => place(core.device)[1] + core.at[1] * size)
            .attr("fill", (core, i) => t.heat(values[i] / top))
            .on("click", (core, i) => t.set_core(i))
            .on("mousemove", (core, i) => t.tip("<b>" + t.escaped(t.name_of_core(core)) + "</b><br>" + t.escaped(metric.name) + ": " + form(values[i]), d3.event))
            .on("mouseleave", () => t.tip(null));
        svg.selectAll("text.cell-text").data(size >= 36 ? launch.cores : []).join("text").attr("class", "cell-text")
            .style("fill", (core, i) => t.ink_on(t.heat(values[i] / top))).style("font-size", metric.time ? "9px" : null)
            .attr("x", (core) => place(core.device)[0] + core.at[0] * size + size / 2 - 1).attr("y", (core) => place(core.device)[1] + core.at[1] * size + size / 2 + 4)
            .text((core, i) => (metric.share ? d3.format(".0f")(100 * values[i]) : metric.time ? d3.format(".1f")(values[i] / t.data.aiclk_mhz) : form(values[i])));
        scale_of_heat(svg, 26, Math.ceil(chips / across) * chip_height + 8, 260, form(0), form(top));
    }

    /// A bar of colours with what its ends mean.
    function scale_of_heat(svg, x, y, width, least, most) {
        const steps = d3.range(64);
        svg.selectAll("rect.heat").data(steps).join("rect").attr("class", "heat").attr("x", (i) => x + i * width / 64).attr("y", y)
            .attr("width", width / 64 + 0.6).attr("height", 9).attr("fill", (i) => t.heat(i / 63));
        svg.selectAll("text.heat").data([[x, "start", least], [x + width, "end", most]]).join("text").attr("class", "heat faint")
            .attr("x", (one) => one[0]).attr("y", y + 22).attr("text-anchor", (one) => one[1]).attr("font-size", 11).text((one) => one[2]);
    }

    function draw_core() {
        const core = t.launch().cores[t.state.core];
        if (core === undefined) return;
        select("#core-title").text(t.name_of_core(core) + " in the window");
        const units = d3.range(t.data.units.length).filter((unit) => core.units[unit] !== null);
        const height = 25, width = 530, left = 76, bar_width = width - left - 22;
        const svg = select("#core-bars").selectAll("svg").data([0]).join("svg").attr("width", width).attr("height", units.length * height + 24);
        const parts = [];
        units.forEach((unit, line) => {
            const spent = t.spent(core, unit, t.state.from, t.state.to);
            let at = 0;
            spent.forEach((cycles, doing) => {
                const share = cycles / window_length();
                if (share > 0) parts.push({ unit, doing, share, at, line });
                at += share;
            });
        });
        svg.selectAll("text.unit").data(units).join("text").attr("class", "unit").attr("x", left - 8).attr("y", (unit, i) => i * height + 15).attr("text-anchor", "end").attr("font-size", 12).text((unit) => t.data.units[unit]);
        svg.selectAll("rect.ground").data(units).join("rect").attr("class", "ground").attr("x", left).attr("y", (unit, i) => i * height + 2).attr("width", bar_width).attr("height", height - 6).attr("fill", t.style("--idle"));
        svg.selectAll("rect.part").data(parts).join("rect").attr("class", "part").attr("x", (one) => left + one.at * bar_width).attr("y", (one) => one.line * height + 2)
            .attr("width", (one) => Math.max(0.5, one.share * bar_width)).attr("height", height - 6).attr("fill", (one) => t.colour(one.unit, one.doing))
            .on("mousemove", (one) => t.tip("<b>" + t.escaped(t.data.units[one.unit] + " " + t.name_of_doing(one.doing)) + "</b><br>" + t.percent(one.share) + ", " + t.us(one.share * window_length()), d3.event))
            .on("mouseleave", () => t.tip(null));
        const short = (one) => {
            const text = one.doing === 0 ? "busy" : t.data.doings[one.doing], room = one.share * bar_width;
            return room > text.length * 6.2 + 42 ? text + " " + t.percent(one.share) : room > 38 ? t.percent(one.share) : "";
        };
        svg.selectAll("text.part").data(parts).join("text").attr("class", "part").attr("x", (one) => left + one.at * bar_width + 5).attr("y", (one) => one.line * height + 15)
            .attr("font-size", 11).style("fill", (one) => t.ink_on(t.colour(one.unit, one.doing))).style("pointer-events", "none").text(short);
        const axis = d3.axisBottom(d3.scaleLinear().domain([0, 1]).range([left, left + bar_width])).ticks(5, "%").tickSizeOuter(0);
        svg.selectAll("g.axis").data([0]).join("g").attr("class", "axis").attr("transform", "translate(0," + units.length * height + ")").call(axis);
    }

    // ---- circular buffers -----------------------------------------------------------------------------------------

    function draw_fill() {
        const core = t.launch().cores[t.state.core], width = document.getElementById("fill").clientWidth, height = 74, left = 96;
        if (core === undefined || width < 2 * left) return;
        const x = d3.scaleLinear().domain([t.state.from, t.state.to]).range([left, width - 30]);
        const svg = select("#fill").selectAll("svg").data([0]).join("svg").attr("width", width).attr("height", core.cbs.length * height + 26);
        svg.html("");
        if (core.cbs.length === 0) svg.append("text").attr("class", "faint").attr("x", 0).attr("y", 16).attr("font-size", 13).text("The core has none.");
        core.cbs.forEach(([index, pages, page_size], i) => {
            const fill = core.fills[i], group = svg.append("g").attr("transform", "translate(0," + i * height + ")");
            const y = d3.scaleLinear().domain([0, Math.max(1, pages)]).range([height - 14, 8]);
            group.append("text").attr("x", 0).attr("y", 22).attr("font-size", 13).attr("font-weight", 600).text("c_" + index);
            group.append("text").attr("class", "faint").attr("x", 0).attr("y", 38).attr("font-size", 11).text(pages + (pages === 1 ? " page" : " pages"));
            group.append("text").attr("class", "faint").attr("x", 0).attr("y", 52).attr("font-size", 11).text("of " + t.bytes(page_size));
            group.append("line").attr("x1", left).attr("x2", width - 30).attr("y1", y(pages)).attr("y2", y(pages)).attr("stroke", t.style("--line")).attr("stroke-dasharray", "4 3");
            const area = d3.area().x((p) => x(p[0])).y0((p) => y(p[1])).y1((p) => y(p[2])).curve(d3.curveStepAfter);
            group.append("path").attr("d", area(fill_points(fill, x))).attr("fill", "#4c78a8").attr("opacity", 0.65).attr("stroke", "#4c78a8").attr("stroke-width", 0.6);
            group.append("g").attr("class", "axis").attr("transform", "translate(" + left + ",0)").call(d3.axisLeft(y).tickValues([0, pages]).tickFormat(d3.format("d")).tickSize(4));
        });
        const axis = d3.axisBottom(d3.scaleLinear().domain([t.state.from / t.data.aiclk_mhz, t.state.to / t.data.aiclk_mhz]).range(x.range()))
            .ticks(Math.max(3, Math.floor(width / 140))).tickFormat((us) => d3.format(",.6~g")(us) + " \u00b5s").tickSizeOuter(0);
        if (core.cbs.length !== 0) svg.append("g").attr("class", "axis").attr("transform", "translate(0," + (core.cbs.length * height - 2) + ")").call(axis);
    }

    /// [time, lowest, highest]: from 0 to the level where levels can be told apart, else from the lowest to the highest of a pixel.
    function fill_points(fill, x) {
        const from = t.state.from, to = t.state.to, points = [];
        if (fill.low !== undefined) {
            const n = fill.low.length, bin = t.launch().device / n;
            for (let i = Math.max(0, Math.floor(from / bin)); i < n && i * bin < to; ++i) points.push([Math.max(from, i * bin), fill.low[i], fill.high[i]]);
        } else {
            let i = d3.bisectRight(fill.time, from), level = i === 0 ? 0 : fill.level[i - 1];
            const last = d3.bisectLeft(fill.time, to);
            if (last - i < x.range()[1] - x.range()[0]) {
                points.push([from, 0, level]);
                for (; i < last; ++i) {
                    level = fill.level[i];
                    points.push([fill.time[i], 0, level]);
                }
                points.push([to, 0, level]);
                return points;
            }
            const step = (to - from) / (x.range()[1] - x.range()[0]);
            for (let at = from; at < to; at += step) {
                let low = level, high = level;
                for (; i < last && fill.time[i] < at + step; ++i) {
                    level = fill.level[i];
                    low = Math.min(low, level);
                    high = Math.max(high, level);
                }
                points.push([at, low, high]);
            }
        }
        if (points.length !== 0) points.push([to, points[points.length - 1][1], points[points.length - 1][2]]);
        return points;
    }

    // ---- NoC and DRAM ---------------------------------------------------------------------------------------------

    const router_colour = { worker: "#4c78a8", idle: "#a9b4c4", dram: "#d1495b", ethernet: "#8e5bd0", other: "#c9ced6" };

    function draw_nocs() {
        const launch = t.launch(), chip = t.data.chip, [columns, lines] = chip.grid, kinds = new Map();
        const key = (at) => at[0] + "," + at[1];
        chip.workers.forEach((at) => kinds.set(key(at), "idle"));
        chip.dram.forEach((at) => kinds.set(key(at), "dram"));
        chip.ethernet.forEach((at) => kinds.set(key(at), "ethernet"));
        const whole = window_length() >= launch.device * 0.999;
        const share = (link) => (whole ? link.busy : t.sum_of(link.load, t.state.from, t.state.to)) / window_length();
        const available = document.getElementById("nocs").clientWidth;
        if (available < 200) return;
        const size = Math.max(24, Math.min(44, Math.floor((available - 120) / columns / 2)));
        const links = [];
        launch.chips.forEach((one, chip_number) => {
            const n = columns * lines;
            one.links.forEach((link, index) => {
                const noc = index >= 2 * n ? 1 : 0, node = (index >> 1) % n, down = index % 2 === 1;
                links.push({ chip: chip_number, device: one.device, noc, x: node % columns, y: Math.floor(node / columns), down, share: share(link) });
            });
        });
        const most = Math.max(d3.max(links, (one) => one.share) || 0, 0.001);
        const panel_width = columns * size + 50, panel_height = lines * size + 46;
        const svg = select("#nocs").selectAll("svg").data([0]).join("svg").attr("width", Math.min(available, 2 * panel_width + 10)).attr("height", launch.chips.length * panel_height + 44);
        svg.html("");
        launch.chips.forEach((one, chip_number) => {
            const used = new Set(launch.cores.filter((core) => core.device === one.device).map((core) => key(core.router)));
            for (let noc = 0; noc < 2; ++noc) {
                const group = svg.append("g").attr("transform", "translate(" + (noc * panel_width + 26) + "," + (chip_number * panel_height + 30) + ")");
                group.append("text").attr("x", 0).attr("y", -14).attr("font-size", 13).attr("font-weight", 600)
                    .text("NoC " + noc + (launch.chips.length > 1 ? " of device " + one.device : "") + (noc === 0 ? ": right and down" : ": up and left"));
                const of_noc = links.filter((link) => link.chip === chip_number && link.noc === noc);
                const at = (i) => i * size + size / 2, towards = noc === 0 ? 1 : -1;
                group.selectAll("line.link").data(of_noc).join("line").attr("class", "link")
                    .attr("x1", (link) => at(link.x)).attr("y1", (link) => at(link.y))
                    .attr("x2", (link) => at(link.x) + (link.down ? 0 : towards * edge(link.x, columns, towards)))
                    .attr("y2", (link) => at(link.y) + (link.down ? towards * edge(link.y, lines, towards) : 0))
                    .attr("stroke", (link) => (link.share <= 0 ? t.style("--idle") : t.heat(link.share / most))).attr("stroke-width", 6)
                    .on("mousemove", (link) => t.tip("<b>NoC " + noc + ", from (" + link.x + "," + link.y + ") " + (link.down ? (noc === 0 ? "down" : "up") : (noc === 0 ? "right" : "left")) + "</b><br>busy " + t.percent(link.share), d3.event))
                    .on("mouseleave", () => t.tip(null));
                const routers = d3.cross(d3.range(columns), d3.range(lines));
                group.selectAll("rect.router").data(routers).join("rect").attr("class", "router").attr("width", 12).attr("height", 12).attr("rx", 2)
                    .attr("x", (router) => at(router[0]) - 6).attr("y", (router) => at(router[1]) - 6)
                    .attr("fill", (router) => router_colour[used.has(key(router)) ? "worker" : kinds.get(key(router)) || "other"])
                    .attr("stroke", t.style("--paper")).attr("stroke-width", 1.5)
                    .on("mousemove", (router) => t.tip("router (" + key(router) + "): " + (used.has(key(router)) ? "a core of the program" : { idle: "a core that is not used", dram: "DRAM", ethernet: "Ethernet" }[kinds.get(key(router))] || "neither core nor memory"), d3.event))
                    .on("mouseleave", () => t.tip(null));
            }
        });
        function edge(i, n, towards) {
            return (towards > 0 && i === n - 1) || (towards < 0 && i === 0) ? size * 0.55 : size;
        }
        const bottom = launch.chips.length * panel_height + 10;
        scale_of_heat(svg, 26, bottom, 220, "0 %", t.percent(most) + " busy");
        const words = [["worker", "core in use"], ["idle", "core"], ["dram", "DRAM"], ["ethernet", "Ethernet"], ["other", "other"]];
        const legend = svg.append("g").attr("transform", "translate(290," + bottom + ")").selectAll("g").data(words).join("g").attr("transform", (one, i) => "translate(" + i * 92 + ",0)");
        legend.append("rect").attr("width", 11).attr("height", 11).attr("rx", 2).attr("fill", (one) => router_colour[one[0]]);
        legend.append("text").attr("class", "faint").attr("x", 16).attr("y", 10).attr("font-size", 11).text((one) => one[1]);

        const banks = [];
        launch.chips.forEach((one) => one.banks.forEach((bank, number) =>
            banks.push({ device: one.device, number, rate: t.sum_of(bank, t.state.from, t.state.to) / window_length() })));
        const peak = chip.bank_bytes_per_cycle, bank_height = 17, left = 110, wide = Math.min(available, 900);
        const x = d3.scaleLinear().domain([0, Math.max(peak, d3.max(banks, (bank) => bank.rate) || 0)]).range([left, wide - 170]);
        const bars = select("#banks").selectAll("svg").data([0]).join("svg").attr("width", wide).attr("height", banks.length * bank_height + 30);
        bars.html("");
        const bar_row = bars.selectAll("g.bank").data(banks).join("g").attr("class", "bank").attr("transform", (bank, i) => "translate(0," + i * bank_height + ")");
        bar_row.append("text").attr("x", left - 8).attr("y", 12).attr("text-anchor", "end").attr("font-size", 11)
            .text((bank) => (launch.chips.length > 1 ? "device " + bank.device + " " : "") + "bank " + bank.number);
        bar_row.append("rect").attr("x", left).attr("y", 2).attr("height", bank_height - 5).attr("width", (bank) => x(bank.rate) - left).attr("fill", "#d1495b");
        bar_row.append("text").attr("class", "faint").attr("x", (bank) => x(bank.rate) + 6).attr("y", 12).attr("font-size", 11)
            .text((bank) => (bank.rate === 0 ? "" : d3.format(".1f")(bank.rate) + " B a cycle, " + t.percent(bank.rate / peak)));
        bars.append("line").attr("x1", x(peak)).attr("x2", x(peak)).attr("y1", 0).attr("y2", banks.length * bank_height).attr("stroke", t.style("--ink")).attr("stroke-dasharray", "3 3");
        bars.append("text").attr("class", "faint").attr("x", x(peak)).attr("y", banks.length * bank_height + 15).attr("text-anchor", "middle").attr("font-size", 11).text("peak of a bank: " + d3.format(".1f")(peak) + " B a cycle");
    }

    // ---- roofline -------------------------------------------------------------------------------------------------

    function roofline() {
        const roof = t.data.answers.roofline, mhz = t.data.aiclk_mhz, width = 760, height = 380, left = 70, bottom = 44;
        if (roof.flop === 0 || roof.dram_bytes === 0) {
            select("#roofline").append("p").text((roof.flop === 0 ? "The matrix unit multiplies nothing" : "Nothing is read from DRAM or written to it") +
                ", so there is no point in the roofline. DRAM moves " + d3.format(".1f")(roof.bytes_per_cycle) + " of at most " +
                d3.format(".1f")(roof.peak_bytes_per_cycle) + " bytes a cycle.");
            return;
        }
        const tera = (flop_per_cycle) => flop_per_cycle * mhz / 1e6, intensity = roof.flop / roof.dram_bytes;
        const ridge = roof.peak_flop_per_cycle / roof.peak_bytes_per_cycle;
        const low = Math.min(intensity, ridge) / 8, high = Math.max(intensity, ridge) * 8;
        const top = tera(roof.peak_flop_per_cycle) * 2.2;
        const x = d3.scaleLog().domain([low, high]).range([left, width - 20]);
        const y = d3.scaleLog().domain([Math.min(tera(roof.flop_per_cycle), tera(low * roof.peak_bytes_per_cycle)) / 2, top]).range([height - bottom, 12]);
        const svg = select("#roofline").append("svg").attr("width", width).attr("height", height);
        const number = d3.format(",.3~r");
        svg.append("g").attr("class", "axis").attr("transform", "translate(0," + (height - bottom) + ")").call(d3.axisBottom(x).ticks(6, number));
        svg.append("g").attr("class", "axis").attr("transform", "translate(" + left + ",0)").call(d3.axisLeft(y).ticks(5, number));
        svg.append("text").attr("class", "faint").attr("x", (left + width) / 2).attr("y", height - 8).attr("text-anchor", "middle").attr("font-size", 12).text("FLOP a byte of DRAM traffic");
        svg.append("text").attr("class", "faint").attr("transform", "translate(16," + height / 2 + ") rotate(-90)").attr("text-anchor", "middle").attr("font-size", 12).text("TFLOP/s");
        const line = d3.line().x((p) => x(p[0])).y((p) => y(p[1]));
        svg.append("path").attr("fill", "none").attr("stroke", t.style("--ink")).attr("stroke-width", 1.8)
            .attr("d", line([[low, tera(low * roof.peak_bytes_per_cycle)], [ridge, tera(roof.peak_flop_per_cycle)], [high, tera(roof.peak_flop_per_cycle)]]));
        svg.append("text").attr("x", width - 24).attr("y", y(tera(roof.peak_flop_per_cycle)) - 7).attr("text-anchor", "end").attr("font-size", 12)
            .text(number(tera(roof.peak_flop_per_cycle)) + " TFLOP/s: the matrix units in use, at the fidelity in use");
        const middle = Math.sqrt(low * ridge), angle = Math.atan2(y(tera(low * roof.peak_bytes_per_cycle)) - y(tera(roof.peak_flop_per_cycle)), x(ridge) - x(low)) * -180 / Math.PI;
        svg.append("text").attr("font-size", 12).attr("text-anchor", "middle")
            .attr("transform", "translate(" + x(middle) + "," + (y(tera(middle * roof.peak_bytes_per_cycle)) - 8) + ") rotate(" + angle + ")")
            .text("DRAM: " + number(roof.peak_bytes_per_cycle * mhz / 1e3) + " GB/s");
        const limit = Math.min(roof.peak_flop_per_cycle, intensity * roof.peak_bytes_per_cycle);
        svg.append("line").attr("x1", x(intensity)).attr("x2", x(intensity)).attr("y1", y(tera(limit))).attr("y2", y(tera(roof.flop_per_cycle))).attr("stroke", "#d1495b").attr("stroke-dasharray", "4 3");
        svg.append("circle").attr("cx", x(intensity)).attr("cy", y(tera(roof.flop_per_cycle))).attr("r", 6).attr("fill", "#d1495b");
        const right = x(intensity) < width * 0.6;
        const words = svg.append("text").attr("text-anchor", right ? "start" : "end").attr("font-size", 12).attr("y", y(tera(roof.flop_per_cycle)) + 4);
        words.append("tspan").attr("x", x(intensity) + (right ? 12 : -12)).attr("font-weight", 600).text(number(tera(roof.flop_per_cycle)) + " TFLOP/s");
        words.append("tspan").attr("x", x(intensity) + (right ? 12 : -12)).attr("dy", 15).text(t.percent(roof.flop_per_cycle / limit) + " of what its " + number(intensity) + " FLOP a byte allow");
    }

    // ---- start ----------------------------------------------------------------------------------------------------

    async function start() {
        await t.load();
        summary();
        roofline();
        if (!t.data.launches.some((launch) => launch.shown)) {
            d3.selectAll("#bar, #bar ~ *").attr("hidden", "");
            document.body.dataset.ready = "yes";
            return;
        }
        bar();
        t.timeline.start();
        const slow = (draw) => {
            let due = false;
            return () => {
                if (due) return;
                due = true;
                requestAnimationFrame(() => {
                    due = false;
                    draw();
                });
            };
        };
        const grid = slow(draw_grid), core = slow(draw_core), fill = slow(draw_fill), nocs = slow(draw_nocs);
        select("#metric").on("change", grid);
        select("#full-scale").on("change", grid);
        t.changed.on("launch.views", () => {
            make_metrics();
            for (const one of [grid, core, fill, nocs]) one();
            t.changed.call("window");
        });
        t.changed.on("window.views", () => { for (const one of [grid, core, fill, nocs]) one(); });
        t.changed.on("core.views", () => { for (const one of [grid, core, fill]) one(); });
        t.changed.on("size.views", () => { for (const one of [grid, core, fill, nocs]) one(); });
        addEventListener("resize", () => t.changed.call("size"));
        const first = t.data.launches[t.data.answers.launch];
        const number = first !== undefined && first.shown ? t.data.answers.launch : t.data.launches.findIndex((launch) => launch.shown);
        select("#launch").property("value", number);
        t.set_launch(number);
        document.body.dataset.ready = "yes";
    }
    start().catch((error) => {
        select("#failure").attr("hidden", null).text("This page cannot be shown: " + error.message);
        document.body.dataset.ready = "no";
        throw error;
    });
})(tessera);
