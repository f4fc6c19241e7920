// Builds one chip: its memories, and where every NoC coordinate leads.
#include <sim/core.h>

namespace tessera::sim {
namespace {

constexpr size_t huge_page = size_t{2} << 20;

/// Address space of one L1 or Ethernet memory: the memory, then inaccessible space up to a multiple of 2 MiB.
size_t stride_of(size_t bytes) {
    return round_up(bytes + huge_page / 8, huge_page);
}

uint16_t pack_xy(arch::Coord c) {
    return static_cast<uint16_t>(c.x | c.y << 6);
}

arch::Coord mirrored(arch::Coord c, arch::Coord grid) {
    return {static_cast<uint16_t>(grid.x - 1 - c.x), static_cast<uint16_t>(grid.y - 1 - c.y)};
}

}  // namespace

void Device::build(Machine::Impl& owner, const arch::Chip& description, uint32_t device_id) {
    machine = &owner;
    chip = &description;
    id = device_id;
    const std::string name = "device " + std::to_string(id);
    const size_t workers = chip->worker_virtual.size();
    const size_t l1_stride = stride_of(chip->l1_bytes);
    l1 = Reservation(l1_stride * (workers + 1), "the L1 memories of " + name);
    cores = std::vector<Core>(workers);
    endpoints.emplace_back();
    for (auto& table : decode) {
        table.assign(noc_coordinates, 0);
    }
    const auto add_virtual = [&](arch::Coord at, uint16_t endpoint) {
        decode[0][pack_xy(at)] = decode[1][pack_xy(at)] = endpoint;
    };
    // Where a physical coordinate is also a virtual one, the virtual meaning holds, as in the chip's translation
    // tables.
    std::vector<std::pair<arch::Coord, uint16_t>> physical;

    for (size_t i = 0; i < workers; ++i) {
        Core& core = cores[i];
        core.device = this;
        core.logical = {static_cast<uint16_t>(i % chip->compute_grid.x),
                        static_cast<uint16_t>(i / chip->compute_grid.x)};
        // Guard space below the first and above each.
        const size_t offset = huge_page + i * l1_stride;
        l1.open(offset, chip->l1_bytes);
        core.l1 = l1.data() + offset;
        const auto endpoint = static_cast<uint16_t>(endpoints.size());
        endpoints.push_back({Endpoint::Kind::Worker, static_cast<uint16_t>(i), &core, core.l1, chip->l1_bytes});
        add_virtual(chip->worker_virtual[i], endpoint);
        physical.emplace_back(chip->worker_noc0[i], endpoint);
        for (auto& table : l1_bank_to_noc_xy) {
            table.push_back(pack_xy(chip->worker_virtual[i]));
        }
        bank_to_l1_offset.push_back(0);
    }

    for (uint32_t bank = 0; bank < chip->num_dram_banks; ++bank) {
        controller_bytes = std::max<uint64_t>(controller_bytes, chip->dram_bank_offset[bank] + chip->dram_bank_bytes);
        bank_to_dram_offset.push_back(static_cast<int32_t>(chip->dram_bank_offset[bank]));
        for (uint32_t noc = 0; noc < TSR_NUM_NOCS; ++noc) {
            dram_bank_to_noc_xy[noc].push_back(pack_xy(chip->dram_noc[noc][bank]));
        }
    }
    const size_t controllers = chip->dram_ports.size();
    const size_t dram_stride = round_up(controller_bytes, huge_page) + huge_page;
    dram = Reservation(dram_stride * controllers, "the DRAM of " + name);
    for (size_t i = 0; i < controllers; ++i) {
        dram.open(i * dram_stride, controller_bytes);
        const auto endpoint = static_cast<uint16_t>(endpoints.size());
        endpoints.push_back(
            {Endpoint::Kind::Dram, static_cast<uint16_t>(i), nullptr, dram.data() + i * dram_stride, controller_bytes});
        for (const arch::Coord port : chip->dram_virtual_ports[i]) {
            add_virtual(port, endpoint);
        }
        for (const arch::Coord port : chip->dram_ports[i]) {
            physical.emplace_back(port, endpoint);
        }
    }

    const size_t eth_stride = stride_of(chip->eth_l1_bytes);
    ethernet = Reservation(eth_stride * chip->eth_noc0.size(), "the Ethernet cores of " + name);
    for (size_t i = 0; i < chip->eth_noc0.size(); ++i) {
        ethernet.open(i * eth_stride, chip->eth_l1_bytes);
        const auto endpoint = static_cast<uint16_t>(endpoints.size());
        endpoints.push_back({Endpoint::Kind::Ethernet, static_cast<uint16_t>(i), nullptr,
                             ethernet.data() + i * eth_stride, chip->eth_l1_bytes});
        add_virtual(chip->eth_virtual[i], endpoint);
        physical.emplace_back(chip->eth_noc0[i], endpoint);
    }

    // Programs of the first generation hand a DRAM port's NoC 0 coordinates to kernels on either NoC, which translated
    // them. On NoC 1 they stand for nothing but a worker's or Ethernet core's physical place, which no program uses.
    for (const auto& [at, endpoint] : physical) {
        if (endpoints[endpoint].kind == Endpoint::Kind::Dram) {
            for (const arch::Coord seen : {mirrored(at, chip->noc_grid), at}) {
                uint16_t& entry = decode[1][pack_xy(seen)];
                entry = entry == 0 ? endpoint : entry;
            }
        }
    }
    for (const auto& [at, endpoint] : physical) {
        for (uint32_t noc = 0; noc < TSR_NUM_NOCS; ++noc) {
            uint16_t& entry = decode[noc][pack_xy(noc == 0 ? at : mirrored(at, chip->noc_grid))];
            if (entry == 0) {
                entry = endpoint;
            }
        }
    }
}

Core& Device::core(arch::Coord logical) {
    if (logical.x >= chip->compute_grid.x || logical.y >= chip->compute_grid.y) {
        throw Error("bad-core",
                    "device " + std::to_string(id) + " has no worker core (" + std::to_string(logical.x) + "," +
                        std::to_string(logical.y) + ")",
                    "its grid is " + std::to_string(chip->compute_grid.x) + "x" + std::to_string(chip->compute_grid.y));
    }
    return cores[size_t{logical.y} * chip->compute_grid.x + logical.x];
}

}  // namespace tessera::sim
