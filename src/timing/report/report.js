// What the parts of the page share: the data, the state (launch, window of time, core, search), colours and words.
"use strict";
const tessera = {};

(function (t) {
    t.units_of_risc = 5;
    t.state = { launch: 0, from: 0, to: 1, core: 0, query: "", matches: null };
    t.changed = d3.dispatch("launch", "window", "core", "search", "size");

    // ---- the data -------------------------------------------------------------------------------------------------

    async function unpacked() {
        const text = document.getElementById("data").textContent;
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
        return new Uint8Array(await new Response(stream).arrayBuffer());
    }

    class Numbers {
        constructor(bytes, at) {
            this.bytes = bytes;
            this.at = at;
        }
        next() {
            let value = 0, weight = 1;
            for (;;) {
                const byte = this.bytes[this.at++];
                value += (byte & 127) * weight;
                if (byte < 128) return value;
                weight *= 128;
            }
        }
        list(n, type) {
            const all = new (type || Float64Array)(n);
            for (let i = 0; i < n; ++i) all[i] = this.next();
            return all;
        }
        histogram(n) {
            return this.next() === 0 ? null : this.list(n);
        }
    }

    function read_unit(numbers, data) {
        const kind = numbers.next();
        if (kind === 0) return null;
        if (kind === 1) {
            const n = numbers.next();
            const begin = numbers.list(n), end = numbers.list(n), what = numbers.list(n, Uint32Array);
            const cause = numbers.list(n, Uint32Array), cause_time = new Float64Array(n);
            let at = 0;
            for (let i = 0; i < n; ++i) {
                begin[i] += at;
                end[i] += begin[i];
                at = end[i];
                cause_time[i] = cause[i] !== 0 ? end[i] - numbers.next() : -1;
            }
            return { spans: true, n, begin, end, what, cause, cause_time };
        }
        const n = data.bins, doings = data.doings.length;
        const shares = new Uint8Array(n * doings), top = new Int32Array(n).fill(-1);
        for (let i = 0; i < n; ++i) {
            const count = numbers.next();
            for (let j = 0; j < count; ++j) {
                const doing = numbers.next();
                shares[i * doings + doing] = numbers.next();
            }
            if (count !== 0) top[i] = numbers.next();
        }
        return { spans: false, n, shares, top };
    }

    function read_fill(numbers, data) {
        if (numbers.next() === 1) {
            const n = numbers.next(), time = new Float64Array(n), level = new Uint32Array(n);
            let at = 0;
            for (let i = 0; i < n; ++i) {
                at += numbers.next();
                time[i] = at;
                level[i] = numbers.next();
            }
            return { time, level };
        }
        const low = new Uint32Array(data.fill_bins), high = new Uint32Array(data.fill_bins);
        for (let i = 0; i < data.fill_bins; ++i) {
            low[i] = numbers.next();
            high[i] = numbers.next();
        }
        return { low, high };
    }

    function read_launch(launch, numbers, data) {
        const num_units = data.units.length;
        for (const core of launch.cores) {
            core.units = d3.range(num_units).map(() => read_unit(numbers, data));
        }
        for (const core of launch.cores) core.fills = core.cbs.map(() => read_fill(numbers, data));
        for (const core of launch.cores) {
            core.zones = d3.range(t.units_of_risc).map(() => {
                const n = numbers.next(), zones = [];
                for (let i = 0; i < n; ++i) {
                    const begin = numbers.next(), length = numbers.next(), depth = numbers.next();
                    zones.push({ begin, end: begin + length, depth, name: data.names[numbers.next()] });
                }
                return zones;
            });
        }
        for (const core of launch.cores) {
            core.traffic = d3.range(3).map(() => numbers.histogram(data.traffic_bins));
        }
        const links = 4 * data.chip.grid[0] * data.chip.grid[1];
        launch.chips = launch.devices.map((device) => ({
            device,
            banks: d3.range(data.chip.banks).map(() => numbers.histogram(data.traffic_bins)),
            links: d3.range(links).map(() => ({ busy: numbers.next(), load: numbers.histogram(data.link_bins) })),
        }));
    }

    t.load = async function () {
        const bytes = await unpacked();
        const length = new DataView(bytes.buffer).getUint32(0, true);
        const data = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
        const numbers = new Numbers(bytes, 4 + length);
        for (const launch of data.launches) if (launch.shown) read_launch(launch, numbers, data);
        if (numbers.at !== bytes.length) throw new Error("the page's data is not as long as it should be");
        t.data = data;
        t.text_of_what = data.whats.map(([doing, label]) => {
            const [place, call, called] = data.labels[label];
            return { doing, place, call, called, all: wait_name(doing, call) + " " + place + " " + call + " " + called };
        });
        t.lower_of_what = t.text_of_what.map((one) => one.all.toLowerCase());
    };

    // ---- words ----------------------------------------------------------------------------------------------------

    function wait_name(doing, call) {
        if (doing === 0) return "";
        const cb = /c_\d+/.exec(call);
        if (doing === 1) return "waits for room in " + (cb ? cb[0] : "a circular buffer");
        if (doing === 2) return "waits for pages of " + (cb ? cb[0] : "a circular buffer");
        return "waits for " + t.data.doings[doing];
    }
    t.name_of_what = function (what) {
        const one = t.text_of_what[what];
        return one.doing === 0 ? one.call + ", " + one.place : wait_name(one.doing, one.call);
    };
    t.name_of_doing = (doing) => (doing === 0 ? "busy" : "waits for " + t.data.doings[doing]);
    t.name_of_core = function (core) {
        const many = t.launch().devices.length > 1;
        return (many ? "device " + core.device + " " : "") + "core (" + core.at[0] + "," + core.at[1] + ")";
    };
    t.us = function (cycles, digits) {
        const us = cycles / t.data.aiclk_mhz;
        if (us === 0) return "0 \u00b5s";
        return d3.format(",." + (digits === undefined ? (us < 10 ? 3 : us < 1000 ? 2 : 1) : digits) + "f")(us) + " \u00b5s";
    };
    t.percent = (share) => d3.format(share < 0.0995 ? ".1%" : ".0%")(share).replace("%", " %");
    t.count = d3.format(",");
    t.bytes = function (n) {
        for (const unit of ["B", "KiB", "MiB"]) {
            if (n < 1024) return d3.format(n < 10 ? ".1~f" : ".0f")(n) + " " + unit;
            n /= 1024;
        }
        return d3.format(".1f")(n) + " GiB";
    };

    // ---- colours --------------------------------------------------------------------------------------------------

    const busy = ["#4c78a8", "#4c78a8", "#4c78a8", "#4c78a8", "#4c78a8", "#159a9c", "#2e9e4f", "#8a9a1b"];
    const waits = [null, "#f4a259", "#efcb4e", "#d1495b", "#e2799a", "#efb3c6", "#a0623a", "#8e5bd0", "#c3a6ee",
        "#8d99ae", "#aeb8c8", "#cbd1db", "#d8c39c", "#b9a57e"];
    t.colour = (unit, doing) => (doing === 0 ? busy[unit] : waits[doing]);
    /// Grows in brightness, so that it also reads in grey.
    t.heat = (share) => d3.interpolateInferno(0.2 + 0.75 * Math.max(0, Math.min(1, share)));
    t.ink_on = function (colour) {
        const c = d3.lab(colour);
        return c.l > 58 ? "#16181d" : "#ffffff";
    };
    t.style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

    // ---- state ----------------------------------------------------------------------------------------------------

    t.launch = () => t.data.launches[t.state.launch];
    t.set_window = function (from, to) {
        const whole = Math.max(1, t.launch().device), least = Math.min(whole, 8);
        let length = Math.max(least, Math.min(whole, to - from));
        from = Math.max(0, Math.min(whole - length, from));
        t.state.from = from;
        t.state.to = from + length;
        t.changed.call("window");
    };
    t.set_launch = function (number) {
        t.state.launch = number;
        const cores = t.launch().cores;
        t.state.core = cores.length === 0 ? -1 : d3.scan(cores, (a, b) => b.end - a.end);
        t.state.from = 0;
        t.state.to = Math.max(1, t.launch().device);
        t.changed.call("launch");
        t.search(t.state.query);
    };
    t.set_core = function (core) {
        t.state.core = core;
        t.changed.call("core");
    };

    /// The first span that ends after a time.
    t.first_after = function (unit, time) {
        let low = 0, high = unit.n;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (unit.end[middle] > time) high = middle;
            else low = middle + 1;
        }
        return low;
    };

    /// Cycles of a unit's window by what it did.
    t.spent = function (core, unit_number, from, to) {
        const doings = t.data.doings.length, sums = new Float64Array(doings);
        const unit = core.units[unit_number];
        if (unit === null) return sums;
        if (unit.spans) {
            for (let i = t.first_after(unit, from); i < unit.n && unit.begin[i] < to; ++i) {
                sums[t.data.whats[unit.what[i]][0]] += Math.min(unit.end[i], to) - Math.max(unit.begin[i], from);
            }
            return sums;
        }
        const bin = Math.max(1, t.launch().device) / unit.n;
        const last = Math.min(unit.n - 1, Math.floor(to / bin));
        for (let i = Math.max(0, Math.floor(from / bin)); i <= last; ++i) {
            const part = Math.min((i + 1) * bin, to) - Math.max(i * bin, from);
            for (let doing = 0; part > 0 && doing < doings; ++doing) {
                sums[doing] += unit.shares[i * doings + doing] / t.data.share_steps * part;
            }
        }
        return sums;
    };

    /// The part of a histogram that lies in a window.
    t.sum_of = function (histogram, from, to) {
        if (histogram === null) return 0;
        const bin = Math.max(1, t.launch().device) / histogram.length;
        let sum = 0;
        const last = Math.min(histogram.length - 1, Math.floor(to / bin));
        for (let i = Math.max(0, Math.floor(from / bin)); i <= last; ++i) {
            const part = Math.min((i + 1) * bin, to) - Math.max(i * bin, from);
            if (part > 0) sum += histogram[i] * part / bin;
        }
        return sum;
    };

    // ---- search ---------------------------------------------------------------------------------------------------

    t.search = function (query) {
        t.state.query = query;
        const text = query.trim().toLowerCase();
        const result = { hits: [], count: 0, cycles: 0, in_bins: 0, at: -1 };
        if (text === "") {
            t.state.matches = null;
        } else {
            const of_what = t.lower_of_what.map((one) => one.includes(text));
            t.state.matches = { text, of_what, of_zone: (name) => name.toLowerCase().includes(text) };
            t.launch().cores.forEach((core, core_number) => {
                core.units.forEach((unit, unit_number) => {
                    if (unit === null) return;
                    for (let i = 0; i < unit.n; ++i) {
                        if (!unit.spans) {
                            result.in_bins += unit.top[i] >= 0 && of_what[unit.top[i]] ? 1 : 0;
                        } else if (of_what[unit.what[i]]) {
                            ++result.count;
                            result.cycles += unit.end[i] - unit.begin[i];
                            result.hits.push({ core: core_number, unit: unit_number, index: i, begin: unit.begin[i], end: unit.end[i] });
                        }
                    }
                });
                core.zones.forEach((zones, unit_number) => zones.forEach((zone) => {
                    if (t.state.matches.of_zone(zone.name)) {
                        ++result.count;
                        result.cycles += zone.end - zone.begin;
                        result.hits.push({ core: core_number, unit: unit_number, zone, begin: zone.begin, end: zone.end });
                    }
                }));
            });
            result.hits.sort((a, b) => a.begin - b.begin || a.core - b.core || a.unit - b.unit);
        }
        t.state.found = result;
        t.changed.call("search");
        return result;
    };

    /// Goes to the next match, or with -1 to the one before.
    t.go_to_match = function (step) {
        const found = t.state.found;
        if (!found || found.hits.length === 0) return;
        found.at = found.at < 0 && step < 0 ? found.hits.length - 1 : (found.at + step + found.hits.length) % found.hits.length;
        t.timeline.show(found.hits[found.at]);
        t.changed.call("search");
    };

    // ---- tip ------------------------------------------------------------------------------------------------------

    t.tip = function (html, event) {
        const tip = document.getElementById("tip");
        if (html === null) {
            tip.style.display = "none";
            return;
        }
        tip.innerHTML = html;
        tip.style.display = "block";
        const box = tip.getBoundingClientRect();
        tip.style.left = Math.min(event.clientX + 14, innerWidth - box.width - 8) + "px";
        tip.style.top = (event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18) + "px";
    };
    t.escaped = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
})(tessera);
