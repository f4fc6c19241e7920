// A program of all kinds of events, made by hand: readers, matrix products and writers with zones, on a grid of cores.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "../timing/recordings.h"

namespace tessera::timing {

inline record::Target dram(uint8_t bank) {
    record::Target target;
    target.kind = record::Target::Kind::Dram;
    target.bank = bank;
    return target;
}

constexpr uint32_t reads_a_turn = 24, writes_a_turn = 12;

/// Each core reads two pages, multiplies and writes one, `12 * turns` times; in the end it tells its right neighbour.
inline record::Recording program(uint32_t cores_x, uint32_t cores_y, uint32_t turns) {
    using record::Compute;
    using record::Event;
    using record::Op;
    Maker maker;
    record::Recording& recording = maker.recording;
    recording.program = "program \"of\" <tests>";
    recording.sites.push_back({"/kernels/reader.cpp", 31, "noc_async_read_tile"});
    recording.sites.push_back({"/kernels/writer.cpp", 22, "noc_async_write_tile"});
    recording.sites.push_back({"/kernels/compute.cpp", 44, "matmul_tiles"});
    recording.names = {"READ, <1>"};
    recording.launches.back().name = "first";
    recording.launches.back().cores.reserve(size_t{cores_x} * cores_y);
    const Event product{
        .op = Op::Compute,
        .site = 3,
        .compute = maker.compute({.kind = Compute::Kind::Matmul, .phases = 2, .format0 = 5, .format1 = 5})};
    const Event pack{
        .op = Op::Compute, .site = 3, .compute = maker.compute({.kind = Compute::Kind::Pack, .format0 = 5})};
    const auto at = [](Event event, uint32_t site) {
        event.site = site;
        return event;
    };
    for (uint8_t y = 0; y < cores_y; ++y) {
        for (uint8_t x = 0; x < cores_x; ++x) {
            auto& core = maker.core(x, y,
                                    {{.index = 0, .page_size = 2048, .pages = 2},
                                     {.index = 1, .page_size = 2048, .pages = 4},
                                     {.index = 16, .page_size = 2048, .pages = 2}});
            std::vector<Event> reader, writer;
            for (uint8_t bank = 0; bank < 12; ++bank) {
                const Event read{.op = Op::NocRead, .site = 1, .amount = 2048, .target = dram(bank)};
                const Event write{.op = Op::NocWrite, .noc = 1, .site = 2, .amount = 2048, .target = dram(bank)};
                for (const Event& event : std::initializer_list<Event>{{.op = Op::ZoneBegin, .site = 1},
                                                                       at(pages(Op::CbReserve, 0, 1, 20), 1),
                                                                       at(pages(Op::CbReserve, 1, 1), 1),
                                                                       read,
                                                                       read,
                                                                       {.op = Op::ReadBarrier, .site = 1},
                                                                       at(pages(Op::CbPush, 0, 1), 1),
                                                                       at(pages(Op::CbPush, 1, 1), 1),
                                                                       {.op = Op::ZoneEnd, .site = 1}}) {
                    reader.push_back(event);
                }
                for (const Event& event : std::initializer_list<Event>{at(pages(Op::CbWait, 16, 1, 20), 2),
                                                                       write,
                                                                       {.op = Op::WriteBarrier, .noc = 1, .site = 2},
                                                                       at(pages(Op::CbPop, 16, 1), 2)}) {
                    writer.push_back(event);
                }
            }
            maker.kernel(core, 1, reader, turns);
            maker.kernel(core, 0, writer, turns);
            maker.kernel(core, 2,
                         {at(pages(Op::CbWait, 0, 1), 3),
                          at(pages(Op::CbWait, 1, 1), 3),
                          at(pages(Op::CbReserve, 16, 1), 3),
                          {.op = Op::DstAcquire},
                          product,
                          product,
                          {.op = Op::DstCommit},
                          {.op = Op::DstWait},
                          pack,
                          {.op = Op::DstRelease},
                          at(pages(Op::CbPop, 0, 1), 3),
                          at(pages(Op::CbPop, 1, 1), 3),
                          at(pages(Op::CbPush, 16, 1), 3)},
                         12 * turns);
        }
    }
    return std::move(maker.recording);
}

}  // namespace tessera::timing
