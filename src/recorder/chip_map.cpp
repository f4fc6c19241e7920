#include <recorder/chip_map.h>

#include <algorithm>

#include <arch/arch.h>
#include <recorder/log.h>

namespace tessera::recorder {

using record::Target;

ChipMap::ChipMap(const sim::Device& device) {
    const arch::Chip& chip = *device.chip;
    banks.resize(chip.dram_ports.size());
    for (uint32_t bank = 0; bank < chip.num_dram_banks; ++bank) {
        banks[chip.dram_bank_controller[bank]].emplace_back(chip.dram_bank_offset[bank], bank);
    }
    for (auto& of : banks) {
        std::sort(of.begin(), of.end());
    }
    const auto mirrored = [&](arch::Coord at) {
        return arch::Coord{static_cast<uint16_t>(chip.noc_grid.x - 1 - at.x),
                           static_cast<uint16_t>(chip.noc_grid.y - 1 - at.y)};
    };
    const auto has = [](const std::vector<arch::Coord>& ports, arch::Coord at) {
        return std::find(ports.begin(), ports.end(), at) != ports.end();
    };
    for (uint32_t noc = 0; noc < TSR_NUM_NOCS; ++noc) {
        targets[noc].assign(sim::noc_coordinates, 0);
        controllers[noc].assign(sim::noc_coordinates, 0);
        for (uint32_t xy = 0; xy < sim::noc_coordinates; ++xy) {
            const sim::Endpoint& endpoint = device.endpoints[device.decode[noc][xy]];
            const arch::Coord seen{static_cast<uint16_t>(xy & 63), static_cast<uint16_t>(xy >> 6)};
            Target target;
            arch::Coord at{};
            switch (endpoint.kind) {
                case sim::Endpoint::Kind::Worker:
                    target.kind = Target::Kind::Worker;
                    at = chip.worker_noc0[endpoint.index];
                    break;
                case sim::Endpoint::Kind::Ethernet:
                    target.kind = Target::Kind::Ethernet;
                    at = chip.eth_noc0[endpoint.index];
                    break;
                case sim::Endpoint::Kind::Dram: {
                    target.kind = Target::Kind::Dram;
                    controllers[noc][xy] = endpoint.index;
                    const auto& ports = chip.dram_ports[endpoint.index];
                    const auto& virtuals = chip.dram_virtual_ports[endpoint.index];
                    const auto port = std::find(virtuals.begin(), virtuals.end(), seen);
                    at = port != virtuals.end()                   ? ports[static_cast<size_t>(port - virtuals.begin())]
                         : noc == 1 && has(ports, mirrored(seen)) ? mirrored(seen)
                                                                  : seen;
                    break;
                }
                case sim::Endpoint::Kind::None:
                    continue;
            }
            target.x = static_cast<uint8_t>(at.x);
            target.y = static_cast<uint8_t>(at.y);
            targets[noc][xy] = pack_target(target);
        }
    }
}

uint32_t ChipMap::target(uint32_t noc, uint64_t address, uint64_t offset) const {
    const auto xy = static_cast<uint32_t>(address >> 36 & (sim::noc_coordinates - 1));
    uint32_t packed = targets[noc & 1][xy];
    if (static_cast<Target::Kind>(packed & 15) == Target::Kind::Dram) {
        uint8_t bank = 0;
        for (const auto& [begin, number] : banks[controllers[noc & 1][xy]]) {
            bank = begin <= offset ? number : bank;
        }
        packed |= uint32_t{bank} << 16;
    }
    return packed;
}

}  // namespace tessera::recorder
