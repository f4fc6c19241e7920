// Mistakes of a host program, one case each: refuse CASE KERNEL. The kernel itself is a good one.
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

namespace {

std::shared_ptr<distributed::MeshDevice> mesh;
std::string kernel;

KernelHandle add_kernel(Program& program, CoreCoord core = {0, 0}, const std::string& path = kernel) {
    return CreateKernel(program, path, core,
                        DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
}

std::shared_ptr<distributed::MeshBuffer> make_buffer(uint64_t bytes, uint64_t page_bytes, BufferType type) {
    return distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = bytes},
        distributed::DeviceLocalBufferConfig{.page_size = page_bytes, .buffer_type = type}, mesh.get());
}

void add_cb(Program& program, uint32_t bytes) {
    CreateCircularBuffer(program, CoreCoord{0, 0},
                         CircularBufferConfig(bytes, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, 2048));
}

void launch(Program program) {
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(mesh->mesh_command_queue(), workload, false);
    distributed::Finish(mesh->mesh_command_queue());
}

/// Two buffers of 24 pages each in DRAM, one behind the other, and a kernel with the first one's address.
void launch_beside_two_buffers(Program program, const std::string& body) {
    const auto a = make_buffer(24 * 2048, 2048, BufferType::DRAM);
    const auto b = make_buffer(24 * 2048, 2048, BufferType::DRAM);
    add_cb(program, 32 * 2048);
    const KernelHandle handle = CreateKernelFromString(
        program,
        "#include \"api/dataflow/dataflow_api.h\"\nvoid kernel_main() {\n"
        "    const uint32_t base = get_arg_val<uint32_t>(0);\n" +
            body + "    noc_async_full_barrier();\n}\n",
        CoreCoord{0, 0}, DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
    SetRuntimeArgs(program, handle, CoreCoord{0, 0},
                   {static_cast<uint32_t>(a->address() < b->address() ? a->address() : b->address())});
    launch(std::move(program));
}

/// Seven pages in two shards of four, in banks or on cores 0 and 1; page 3 of the second shard is padding.
std::shared_ptr<distributed::MeshBuffer> make_uneven_shards(BufferType type) {
    const ShardSpecBuffer shards(CoreRangeSet(CoreRange({0, 0}, {1, 0})), {4, 512}, ShardOrientation::ROW_MAJOR,
                                 {1, 512}, {7, 1});
    return distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = 7 * 2048},
        distributed::DeviceLocalBufferConfig{
            .page_size = 2048,
            .buffer_type = type,
            .sharding_args = BufferShardingArgs(shards, TensorMemoryLayout::HEIGHT_SHARDED)},
        mesh.get());
}

/// The second shard goes to an interleaved buffer, through compute if it is asked for, and the host reads it.
void copy_second_shard(Program program, BufferType type, bool compute) {
    auto& queue = mesh->mesh_command_queue();
    auto in = make_uneven_shards(type);
    auto out = make_buffer(4 * 2048, 2048, BufferType::DRAM);
    std::vector<uint32_t> words(7 * 512, 0x3F803F80);
    distributed::EnqueueWriteMeshBuffer(queue, in, words, true);
    const CoreCoord core{0, 0}, second = mesh->worker_core_from_logical_core({1, 0});
    for (const uint8_t index : {0, 16}) {
        CreateCircularBuffer(
            program, core,
            CircularBufferConfig(4 * 2048, {{index, tt::DataFormat::Float16_b}}).set_page_size(index, 2048));
    }
    const std::string begin =
        "#include \"api/dataflow/dataflow_api.h\"\nvoid kernel_main() {\n    const uint32_t in = " +
        std::to_string(in->address()) + ", out = " + std::to_string(out->address()) +
        ";\n    for (uint32_t page = 0; page < 4; ++page) {\n";
    const std::string from = type == BufferType::DRAM ? "get_noc_addr_from_bank_id<true>(1, in + page * 2048)"
                                                      : "get_noc_addr(" + std::to_string(second.x) + ", " +
                                                            std::to_string(second.y) + ", in + page * 2048)";
    const std::string read =
        "        cb_reserve_back(0, 1);\n        noc_async_read(" + from +
        ", get_write_ptr(0), 2048);\n        noc_async_read_barrier();\n        cb_push_back(0, 1);\n";
    const auto write = [&](const std::string& cb) {
        return "        cb_wait_front(" + cb + ", 1);\n        noc_async_write(get_read_ptr(" + cb +
               "), get_noc_addr_from_bank_id<true>(page, out), 2048);\n        noc_async_write_barrier();\n"
               "        cb_pop_front(" +
               cb + ", 1);\n";
    };
    CreateKernelFromString(program, begin + read + (compute ? "" : write("0")) + "    }\n}\n", core,
                           ReaderDataMovementConfig());
    if (compute) {
        CreateKernelFromString(program, begin + write("16") + "    }\n}\n", core, WriterDataMovementConfig());
        CreateKernelFromString(program,
                               "#include \"api/compute/eltwise_unary/eltwise_unary.h\"\n"
                               "#include \"api/compute/tile_move_copy.h\"\n#include \"api/compute/pack.h\"\n"
                               "void kernel_main() {\n    unary_op_init_common(0, 16);\n    for (int page = 0; page < "
                               "4; ++page) {\n        cb_wait_front(0, 1);\n        tile_regs_acquire();\n"
                               "        copy_tile(0, 0, 0);\n        tile_regs_commit();\n        cb_pop_front(0, 1);\n"
                               "        cb_reserve_back(16, 1);\n        tile_regs_wait();\n        pack_tile(0, 16);\n"
                               "        tile_regs_release();\n        cb_push_back(16, 1);\n    }\n}\n",
                               core, ComputeConfig{});
    }
    launch(std::move(program));
    words.clear();
    distributed::EnqueueReadMeshBuffer(queue, words, out, true);
}

/// A kernel reads pages `first` to before `last` of `buffer` through an accessor that was made for `described`.
void read_through_accessor(Program program, const distributed::MeshBuffer& described,
                           const distributed::MeshBuffer& buffer, uint32_t page_bytes, uint32_t first, uint32_t last) {
    add_cb(program, 2048);
    std::vector<uint32_t> arguments;
    TensorAccessorArgs(described).append_to(arguments);
    const KernelHandle handle = CreateKernelFromString(program, R"(#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const auto pages = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0), get_arg_val<uint32_t>(1));
    for (uint32_t page = get_arg_val<uint32_t>(2); page < get_arg_val<uint32_t>(3); ++page) {
        noc_async_read(pages.get_noc_addr(page), get_write_ptr(0), 32);
    }
    noc_async_read_barrier();
})",
                                                       CoreCoord{0, 0}, ReaderDataMovementConfig(arguments));
    SetRuntimeArgs(program, handle, CoreCoord{0, 0},
                   {static_cast<uint32_t>(buffer.address()), page_bytes, first, last});
    launch(std::move(program));
}

const std::map<std::string, std::function<void(Program)>> CASES = {
    {"sharded-accessor-of-interleaved",
     [](Program program) {
         auto shards = make_uneven_shards(BufferType::DRAM);
         auto buffer = make_buffer(7 * 2048, 2048, BufferType::DRAM);
         read_through_accessor(std::move(program), *shards, *buffer, 2048, 4, 5);
     }},
    {"interleaved-accessor-past-shards",
     [](Program program) {
         auto buffer = make_buffer(7 * 2048, 2048, BufferType::L1);
         auto shards = make_uneven_shards(BufferType::L1);
         read_through_accessor(std::move(program), *buffer, *shards, 2048, 6, 7);
     }},
    {"accessor-of-its-buffer",
     [](Program program) {
         auto shards = make_uneven_shards(BufferType::L1);
         read_through_accessor(std::move(program), *shards, *shards, 2048, 0, 7);
     }},
    {"accessor-of-other-pages",
     [](Program program) {
         auto shards = make_uneven_shards(BufferType::DRAM);
         read_through_accessor(std::move(program), *shards, *shards, 1024, 0, 2);
     }},
    {"padding-of-dram-shards", [](Program program) { copy_second_shard(std::move(program), BufferType::DRAM, false); }},
    {"padding-of-l1-shards", [](Program program) { copy_second_shard(std::move(program), BufferType::L1, false); }},
    {"padding-computed-with", [](Program program) { copy_second_shard(std::move(program), BufferType::DRAM, true); }},
    {"circular-buffer-of-too-many-pages",
     [](Program program) {
         CreateCircularBuffer(program, CoreCoord{0, 0},
                              CircularBufferConfig(65536 * 16, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, 16));
         add_kernel(program);
         launch(std::move(program));
     }},
    {"page-of-another-buffer",
     [](Program program) {
         launch_beside_two_buffers(
             std::move(program),
             "    const InterleavedAddrGenFast<true> pages = {\n"
             "        .bank_base_address = base, .page_size = 2048, .data_format = DataFormat::Float16_b};\n"
             "    noc_async_write_tile(24, pages, get_write_ptr(0));\n");
     }},
    {"write-into-the-next-buffer",
     [](Program program) {
         launch_beside_two_buffers(
             std::move(program),
             "    noc_async_write(get_write_ptr(0), get_noc_addr_from_bank_id<true>(3, base), 8192);\n");
     }},
    {"read-into-the-next-buffer",
     [](Program program) {
         launch_beside_two_buffers(
             std::move(program),
             "    noc_async_read(get_noc_addr_from_bank_id<true>(3, base), get_write_ptr(0), 8192);\n");
     }},
    {"store-to-reserved-l1",
     [](Program program) {
         launch_beside_two_buffers(std::move(program),
                                   "    volatile tt_l1_ptr uint32_t* word = "
                                   "reinterpret_cast<volatile tt_l1_ptr uint32_t*>(0x40);\n"
                                   "    *word = base;\n");
     }},
    {"too-many-arguments",
     [](Program program) {
         SetRuntimeArgs(program, add_kernel(program), CoreCoord{0, 0}, std::vector<uint32_t>(400, 1));
         launch(std::move(program));
     }},
    {"two-kernels-on-one-processor",
     [](Program program) {
         add_kernel(program);
         add_kernel(program);
         launch(std::move(program));
     }},
    {"circular-buffer-clash",
     [](Program program) {
         add_kernel(program);
         auto buffer = make_buffer(1024 * 1024, 2048, BufferType::L1);
         auto whole = make_buffer(64 * 1300 * 1024, 1300 * 1024, BufferType::L1);
         add_cb(program, 256 * 2048);
         launch(std::move(program));
     }},
    {"circular-buffer-too-large",
     [](Program program) {
         add_kernel(program);
         add_cb(program, 800 * 2048);
         launch(std::move(program));
     }},
    {"buffer-too-large", [](Program) { make_buffer(uint64_t{1} << 40, 2048, BufferType::DRAM); }},
    {"l1-buffer-too-large", [](Program) { make_buffer(uint64_t{1} << 30, 2048, BufferType::L1); }},
    {"no-such-device", [](Program) { distributed::MeshDevice::create_unit_mesh(9); }},
    {"shard-write-too-short",
     [](Program) {
         auto buffer = make_buffer(4 * 2048, 2048, BufferType::DRAM);
         std::vector<uint32_t> words(100, 1);
         const distributed::MeshCoordinate chip(0, 0);
         distributed::WriteShard(mesh->mesh_command_queue(), buffer, words, chip, true);
         std::vector<uint32_t> back;
         distributed::ReadShard(mesh->mesh_command_queue(), back, buffer, chip, true);
         words.resize(2048, 0);
         if (back != words) {
             throw std::runtime_error("zeros must follow");
         }
     }},
    {"dram-host-access",
     [](Program) {
         std::vector<uint32_t> words(16, 1);
         detail::WriteToDeviceDRAMChannel(mesh->get_devices()[0], 0, 0xFFFFFFF0, words);
     }},
    {"distributed-host-buffer",
     [](Program) {
         auto buffer = make_buffer(4 * 2048, 2048, BufferType::DRAM);
         // The class is only declared: its objects come from another process.
         int nobody = 0;
         mesh->mesh_command_queue().enqueue_write(buffer, reinterpret_cast<DistributedHostBuffer&>(nobody), true);
     }},
    {"throws", [](Program) { throw std::runtime_error("the weights are not there"); }},
    {"throws-a-number", [](Program) { throw 7; }},
    {"terminates", [](Program) { std::terminate(); }},
    {"crashes",
     [](Program) {
         volatile int* nothing = nullptr;
         *nothing = 1;
     }},
    {"loops",
     [](Program) {
         volatile int rounds = 0;
         while (true) {
             rounds = rounds + 1;
         }
     }},
    {"never-closes",
     [](Program program) {
         add_kernel(program);
         std::puts("leaving");
         std::fflush(stdout);
         std::exit(3);
     }},
    {"nothing", [](Program) {}},
};

}  // namespace

int main(int, char** argv) {
    kernel = argv[2];
    mesh = distributed::MeshDevice::create_unit_mesh(0);
    CASES.at(argv[1])(CreateProgram());
    mesh->close();
    mesh.reset();
    std::puts("done");
    return 0;
}
