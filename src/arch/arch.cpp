// Reads the embedded JSON files into Board and Chip, once.
#include <arch/arch.h>
#include <arch/clock.h>
#include <arch/files.h>
#include <arch/noc_time.h>

#include <algorithm>
#include <map>

#include <base/error.h>
#include <nlohmann/json.hpp>

namespace tessera::arch {
namespace {

using Json = nlohmann::json;

struct EmbeddedFile {
    const char* name;
    const char* text;
};

const EmbeddedFile embedded_files[] = {
#include "arch_data.inc"
};

Json parse(std::string_view name) {
    return Json::parse(file_text(name));
}

Coord coord(const Json& json) {
    return {json.at(0).get<uint16_t>(), json.at(1).get<uint16_t>()};
}

std::vector<Coord> coords(const Json& json) {
    std::vector<Coord> result;
    for (const Json& entry : json) {
        result.push_back(coord(entry));
    }
    return result;
}

/// The coordinate of a router as NoC 1 counts: from the opposite corner.
Coord mirrored(Coord c, Coord grid) {
    return {static_cast<uint16_t>(grid.x - 1 - c.x), static_cast<uint16_t>(grid.y - 1 - c.y)};
}

Chip make_chip(const Json& json, Coord compute_grid, uint32_t num_dram_banks, uint32_t aiclk_mhz) {
    Chip chip;
    chip.name = json.at("name");
    chip.family = json.at("family") == "wormhole" ? Family::Wormhole : Family::Blackhole;
    chip.noc_grid = coord(json.at("noc_grid"));
    chip.compute_grid = compute_grid;
    for (uint16_t y = 0; y < compute_grid.y; ++y) {
        for (uint16_t x = 0; x < compute_grid.x; ++x) {
            chip.worker_noc0.push_back({json.at("worker_columns").at(x), json.at("worker_rows").at(y)});
            chip.worker_virtual.push_back(
                {json.at("worker_virtual_columns").at(x), json.at("worker_virtual_rows").at(y)});
        }
    }
    for (const Json& controller : json.at("dram_controllers")) {
        chip.dram_ports.push_back(coords(controller.at("ports")));
        chip.dram_virtual_ports.push_back(controller.contains("virtual_ports") ? coords(controller["virtual_ports"])
                                                                               : std::vector<Coord>{});
    }
    chip.num_dram_banks = num_dram_banks;
    for (uint32_t bank = 0; bank < num_dram_banks; ++bank) {
        const Json& entry = json.at("dram_banks").at(bank);
        const uint32_t controller = entry.at("controller");
        chip.dram_bank_controller.push_back(controller);
        chip.dram_bank_offset.push_back(entry.at("offset"));
        for (uint32_t noc = 0; noc < 2; ++noc) {
            const uint32_t port = entry.at("port_of_noc").at(noc);
            const Coord physical = chip.dram_ports[controller].at(port);
            const bool is_virtual = !chip.dram_virtual_ports[controller].empty();
            // Where DRAM is not virtualised, NoC 1 counts from the opposite corner.
            const Coord seen = is_virtual ? chip.dram_virtual_ports[controller].at(port)
                               : noc == 1 ? mirrored(physical, chip.noc_grid)
                                          : physical;
            chip.dram_noc[noc].push_back(seen);
            if (noc == 0) {
                chip.dram_noc0.push_back(physical);
                chip.dram_virtual.push_back(seen);
            }
        }
    }
    // A controller that no bank uses is harvested: it is no endpoint.
    const uint32_t controllers =
        *std::max_element(chip.dram_bank_controller.begin(), chip.dram_bank_controller.end()) + 1;
    chip.dram_ports.resize(controllers);
    chip.dram_virtual_ports.resize(controllers);
    chip.dram_bank_bytes = json.at("dram_bank_bytes");
    chip.eth_noc0 = coords(json.at("eth_noc0"));
    chip.eth_virtual = coords(json.at("eth_virtual"));
    chip.eth_l1_bytes = json.at("eth_l1_bytes");
    chip.l1_bytes = json.at("l1_bytes");
    chip.l1_unreserved_base = json.at("l1_unreserved_base");
    chip.l1_kernel_config_base = json.at("l1_kernel_config_base");
    chip.num_circular_buffers = json.at("num_circular_buffers");
    chip.num_semaphores = json.at("num_semaphores");
    chip.dram_read_alignment = json.at("dram_read_alignment");
    chip.dram_write_alignment = json.at("dram_write_alignment");
    chip.l1_alignment = json.at("l1_alignment");
    chip.noc_max_burst_bytes = json.at("noc_max_burst_bytes");
    chip.aiclk_mhz = aiclk_mhz;
    return chip;
}

std::map<std::string, Board, std::less<>> load_boards() {
    std::map<std::string, Board, std::less<>> boards;
    const Json file = parse("boards");
    for (const Json& json : file.at("boards")) {
        Board board;
        board.name = json.at("name");
        board.description = json.at("description");
        board.mesh_rows = json.at("mesh").at(0);
        board.mesh_cols = json.at("mesh").at(1);
        const Chip chip = make_chip(parse(json.at("chip").get<std::string>()), coord(json.at("compute_grid")),
                                    json.at("dram_banks"), json.at("aiclk_mhz"));
        board.chips.assign(size_t{board.mesh_rows} * board.mesh_cols, chip);
        boards.emplace(board.name, std::move(board));
    }
    return boards;
}

const std::map<std::string, Board, std::less<>>& all_boards() {
    static const auto boards = load_boards();
    return boards;
}

}  // namespace

std::string_view file_text(std::string_view name) {
    for (const EmbeddedFile& file : embedded_files) {
        if (name == file.name) {
            return file.text;
        }
    }
    throw Error("unknown-board", "no description of '" + std::string(name) + "' is built in");
}

const Board& board(std::string_view name) {
    const auto found = all_boards().find(name);
    if (found == all_boards().end()) {
        std::string names;
        for (const std::string& known : board_names()) {
            names += names.empty() ? known : ", " + known;
        }
        throw Error("unknown-board", "there is no board '" + std::string(name) + "'", "boards: " + names);
    }
    return found->second;
}

NocTime noc_time(std::string_view chip) {
    const Json json = parse(chip);
    const Json& time = json.at("noc_time");
    const Json& flit = time.at("cycles_per_flit");
    return {.flit_bytes = time.at("flit_bytes"),
            .max_payload_bytes = time.at("max_payload_bytes"),
            .hop = time.at("hop_cycles"),
            .niu = time.at("niu_cycles"),
            .link_flit = flit.at("link"),
            .contended_link_flit = flit.at("contended_link"),
            .response_channels = time.at("response_channels"),
            .write_channels = time.at("write_channels"),
            .router_buffer_flits = time.at("router_buffer_flits"),
            .absorb_flit = flit.at("absorb"),
            .inject_write_flit = flit.at("inject_write"),
            .inject_response_flit = flit.at("inject_response"),
            .read_base = time.at("read_base_cycles"),
            .write_base = time.at("write_base_cycles"),
            .commit_flit = time.at("commit_cycles_per_flit"),
            .reserve_base = time.at("reserve_base_cycles"),
            .reserve_hop = time.at("reserve_hop_cycles"),
            .l1_bytes_per_cycle = time.at("l1_bytes_per_cycle"),
            .dram_read = time.at("dram_read_cycles"),
            .dram_write = time.at("dram_write_cycles"),
            .dram_bytes_per_cycle = time.at("dram_bytes_per_cycle"),
            .dram_write_buffer_bytes = time.at("dram_write_buffer_bytes"),
            .dram_partial_write_bytes = time.at("dram_partial_write_bytes"),
            .dram_partial_write = time.at("dram_partial_write_cycles")};
}

double busy_aiclk_mhz(std::string_view name) {
    const double nominal = board(name).chips.front().aiclk_mhz;
    const Json file = parse("boards");
    for (const Json& json : file.at("boards")) {
        if (json.at("name") == name) {
            return json.value("aiclk_busy_mhz", nominal);
        }
    }
    return nominal;
}

double issue_cycles(std::string_view chip, std::string_view call) {
    return parse(chip).at("issue_cycles").at(std::string(call));
}

std::map<std::string, double> call_cycles(std::string_view chip) {
    return parse(chip).at("call_cycles").get<std::map<std::string, double>>();
}

std::vector<std::string> board_names() {
    std::vector<std::string> names;
    for (const auto& [name, board] : all_boards()) {
        names.push_back(name);
    }
    return names;
}

Coord dram_router(const Chip& chip, uint32_t noc, uint32_t bank) {
    const Coord seen = chip.dram_noc[noc][bank];
    const uint32_t controller = chip.dram_bank_controller[bank];
    const auto& virtuals = chip.dram_virtual_ports[controller];
    for (size_t i = 0; i < virtuals.size(); ++i) {
        if (virtuals[i] == seen) {
            return chip.dram_ports[controller][i];
        }
    }
    // Where DRAM has no virtual coordinates, NoC 1 counts from the opposite corner.
    return noc == 0 ? seen : mirrored(seen, chip.noc_grid);
}

}  // namespace tessera::arch
