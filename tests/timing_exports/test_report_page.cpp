// The page of a replay in a browser: it loads without a complaint, draws, finds and slides. Chromium is not among what
// Tessera needs: without it the test is skipped.
#include <timing/html_report.h>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "program.h"

namespace tessera::timing {
namespace {

namespace fs = std::filesystem;

std::string page_of(const record::Recording& recording, const ReportOptions& options = {}) {
    return html_report(recording, {}, answers(recording, {}, 1), options);
}

TEST(Report, StandsAloneAndIsSmall) {
    const std::string page = page_of(program(8, 8, 4));
    EXPECT_LT(page.size(), 3'000'000U);
    EXPECT_EQ(page.find("src=\""), std::string::npos);
    EXPECT_EQ(page.find("@import"), std::string::npos);
    EXPECT_EQ(page.find("<link rel=\"stylesheet"), std::string::npos);
    EXPECT_NE(page.find("program &quot;of&quot; &lt;tests&gt;"), std::string::npos);
    EXPECT_NE(page.find("BSD-3-Clause"), std::string::npos);
}

/// What a script found out in the page, and what the browser complained of.
struct Visit {
    nlohmann::json found;
    std::string complaints;
};

Visit visit(std::string page, const std::string& script) {
    std::string folder = (fs::temp_directory_path() / "tessera-page-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    // Without a screen there may be no frames.
    page.insert(
        page.find("<body>") + 6,
        "<script>window.requestAnimationFrame = (act) => setTimeout(() => act(performance.now()), 5);</script>");
    const std::string end = "</body></html>";
    page.insert(page.rfind(end), R"(<script>(async () => {
        // The browser's clock runs ahead while the data is unpacked: each look takes a while of real time.
        while (!document.body.dataset.ready) {
            for (let i = 0, x = 1; i < 2e7; ++i) x = Math.imul(x, 31) + i | 0;
            await new Promise((go) => setTimeout(go, 20));
        }
        const found = {}, frame = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
        await frame();
        )" + script + R"(
        const told = document.createElement("pre");
        told.textContent = "FOUND" + JSON.stringify(found) + "DNUOF";
        document.body.append(told);
    })();</script>)");
    std::ofstream(folder + "/page.html") << page;
    const std::string command =
        "timeout -k 5 200 chromium --headless --no-sandbox --disable-gpu --user-data-dir=" + folder +
        "/profile --enable-logging=stderr --window-size=1400,1000 --virtual-time-budget=60000 --dump-dom file://" +
        folder + "/page.html 2>" + folder + "/log";
    std::string dom;
    FILE* browser = popen(command.c_str(), "r");
    char piece[1 << 16];
    for (size_t n; (n = fread(piece, 1, sizeof piece, browser)) != 0;) {
        dom.append(piece, n);
    }
    pclose(browser);
    std::stringstream log;
    log << std::ifstream(folder + "/log").rdbuf();
    Visit result;
    for (std::string line; std::getline(log, line);) {
        result.complaints += line.find("CONSOLE") != std::string::npos ? line + "\n" : "";
    }
    // The script itself holds both words too.
    const size_t from = dom.rfind("FOUND{"), to = dom.rfind("DNUOF");
    if (from != std::string::npos && to > from) {
        result.found = nlohmann::json::parse(dom.substr(from + 5, to - from - 5), nullptr, false);
    }
    fs::remove_all(folder);
    return result;
}

bool has_browser() {
    return std::system("command -v chromium >/dev/null 2>&1") == 0;
}

constexpr const char* LOOK_AROUND = R"(
    const state = tessera.state, whole = tessera.launch().device, canvas = document.querySelector("#timeline-scroll canvas");
    const painted = () => {
        const pixels = canvas.getContext("2d").getImageData(120, 0, canvas.width - 140, canvas.height).data, colours = new Set();
        for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] === 255) colours.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
        return colours.size;
    };
    const cells = () => [...document.querySelectorAll("#grid rect.cell")].map((cell) => cell.getAttribute("fill"));
    found.rows = tessera.timeline.drawn;
    found.colours = painted();
    found.cells = cells().length;
    found.links = document.querySelectorAll("#nocs line.link").length;
    found.buffers = document.querySelectorAll("#fill path").length;
    found.roofline = document.querySelectorAll("#roofline circle").length;
    found.failure = document.getElementById("failure").textContent;

    const slider = document.getElementById("slider"), before = cells().join();
    const slide = async (value) => {
        slider.value = value;
        slider.dispatchEvent(new Event("input"));
        await frame();
        await frame();
        return [state.from / whole, state.to / whole, cells().join()];
    };
    document.getElementById("metric").value = [...document.querySelectorAll("#metric option")].find((one) => one.textContent === "NCRISC waits for NoC reads").value;
    document.getElementById("metric").dispatchEvent(new Event("change"));
    const [first_from, first_to, first_cells] = await slide(0);
    const [last_from, last_to, last_cells] = await slide(1000);
    found.slider = { first_from, first_to, last_from, last_to, changes: first_cells !== last_cells };

    tessera.set_window(0, whole);
    const search = document.getElementById("search");
    search.value = "NoC Reads";
    search.dispatchEvent(new Event("input"));
    await new Promise((go) => setTimeout(go, 300));
    found.matches = state.found.count;
    found.in_bins = state.found.in_bins;
    found.cycles = state.found.cycles;
    search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    await frame();
    found.at = state.found.at;
    const length = state.to - state.from;
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "w" }));
    found.zoomed = (state.to - state.from) / length;
    found.chosen = document.getElementById("selected").textContent;
    search.value = "READ, <1>";
    tessera.search(search.value);
    found.zones = state.found.count;

    const spent = (unit, doing) => tessera.launch().cores.reduce((sum, core) => sum + tessera.spent(core, unit, 0, whole)[doing], 0);
    found.reads = spent(1, 3);
    found.matrix = spent(6, 0);
)";

void expect_page_works(const ReportOptions& options) {
    if (!has_browser()) {
        GTEST_SKIP() << "chromium is not installed";
    }
    const record::Recording recording = program(4, 2, 2);
    const Result result = replay(recording);
    double reads = 0, matrix = 0;
    for (const CoreTime& core : result.launches[0].cores) {
        reads += core.spent[static_cast<size_t>(Unit::Ncrisc)][static_cast<size_t>(Doing::Reads)];
        matrix += core.spent[static_cast<size_t>(Unit::Matrix)][0];
    }
    const Visit seen = visit(page_of(recording, options), LOOK_AROUND);
    ASSERT_TRUE(seen.found.is_object()) << seen.complaints;
    EXPECT_EQ(seen.complaints, "");
    const nlohmann::json& found = seen.found;
    EXPECT_EQ(found["failure"], "");
    EXPECT_GT(found["rows"], 20);
    EXPECT_GT(found["colours"], 8);
    EXPECT_EQ(found["cells"], 8);
    EXPECT_EQ(found["links"], 4 * 10 * 12);
    EXPECT_GE(found["buffers"], 3);
    EXPECT_EQ(found["roofline"], 1);
    EXPECT_EQ(found["slider"]["first_from"], 0);
    EXPECT_NEAR(found["slider"]["first_to"].get<double>(), 1.0 / 16, 0.01);
    EXPECT_NEAR(found["slider"]["last_to"].get<double>(), 1, 1e-6);
    EXPECT_TRUE(found["slider"]["changes"].get<bool>());
    EXPECT_NEAR(found["reads"].get<double>(), reads, reads * 0.02);
    EXPECT_NEAR(found["matrix"].get<double>(), matrix, matrix * 0.02 + 8 * 48);
    EXPECT_EQ(found["zones"], 8 * 2 * 12);
    EXPECT_NEAR(found["zoomed"].get<double>(), 0.7, 1e-6);
    if (options.most_spans != 0) {
        EXPECT_GT(found["matches"], 8 * 12);
        EXPECT_NEAR(found["cycles"].get<double>(), reads, reads * 0.02);
        EXPECT_EQ(found["at"], 0);
        EXPECT_NE(found["chosen"].get<std::string>().find("NoC reads"), std::string::npos) << found["chosen"];
    } else {
        EXPECT_GT(found["in_bins"], 100);
    }
}

TEST(Report, DrawsFindsAndSlidesInABrowser) {
    expect_page_works({});
}

TEST(Report, AndSoItDoesInBins) {
    expect_page_works({.most_spans = 0});
}

TEST(Report, ShowsTheLongestOfManyLaunchesOnTwoDevices) {
    if (!has_browser()) {
        GTEST_SKIP() << "chromium is not installed";
    }
    record::Recording recording = program(2, 2, 1);
    recording.board = "n300";
    recording.launches[0].cores[3].device = 1;
    for (uint8_t i = 1; i < 4; ++i) {
        recording.launches.push_back(recording.launches[0]);
        recording.launches.back().number = i;
        recording.launches.back().cores.resize(4U - i);
    }
    const Visit seen = visit(page_of(recording, {.most_launches = 3}), R"(
        found.ready = document.body.dataset.ready;
        found.launches = document.querySelectorAll("#launch option").length;
        found.cells = document.querySelectorAll("#grid rect.cell").length;
        found.links = document.querySelectorAll("#nocs line.link").length;
        found.notes = document.getElementById("notes").textContent;
        tessera.set_launch(2);
        await frame();
        found.cells_of_third = document.querySelectorAll("#grid rect.cell").length;
    )");
    EXPECT_EQ(seen.complaints, "");
    ASSERT_TRUE(seen.found.is_object());
    EXPECT_EQ(seen.found["ready"], "yes");
    EXPECT_EQ(seen.found["launches"], 3);
    EXPECT_EQ(seen.found["cells"], 4);
    EXPECT_EQ(seen.found["links"], 2 * 4 * 10 * 12);
    EXPECT_EQ(seen.found["cells_of_third"], 2);
    EXPECT_NE(seen.found["notes"].get<std::string>().find("1 shortest"), std::string::npos);
}

TEST(Report, SaysThatNothingWasLaunched) {
    if (!has_browser()) {
        GTEST_SKIP() << "chromium is not installed";
    }
    record::Recording recording;
    recording.board = "p150";
    const Visit seen = visit(page_of(recording), R"(
        found.ready = document.body.dataset.ready;
        found.verdict = document.getElementById("verdict").textContent;
    )");
    EXPECT_EQ(seen.complaints, "");
    ASSERT_TRUE(seen.found.is_object());
    EXPECT_EQ(seen.found["ready"], "yes");
    EXPECT_EQ(seen.found["verdict"], "Nothing was launched");
}

}  // namespace
}  // namespace tessera::timing
