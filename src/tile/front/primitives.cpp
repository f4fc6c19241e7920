// Which names of the tile language are hints, which belong to GPUs only and why, and arguments of its calls by name.
#include <algorithm>
#include <array>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

struct Refusal {
    std::string_view name, why;
};

constexpr std::string_view no_threads = "a block is no group of threads, it works on whole tiles";
constexpr std::string_view no_barriers = "a block runs its statements in order, and the compiler orders data movement";
constexpr std::string_view no_tma = "there is no tensor memory accelerator; T.copy moves tiles over the NoC";
constexpr std::string_view no_mma = "it is an instruction of one GPU; T.gemm multiplies on the matrix engine";
constexpr std::string_view no_tmem = "there is no tensor memory; T.alloc_fragment holds accumulators";
constexpr std::string_view no_clusters = "there are no thread block clusters; the compiler multicasts operands";
constexpr std::string_view no_cuda = "it is code of another language or machine";
constexpr std::string_view no_pointers = "buffers are made of tiles and have no address in a kernel";
constexpr std::string_view no_ptx =
    "it copies asynchronously with a GPU's instruction; T.copy in T.Pipelined does that here";
constexpr std::string_view no_vectors = "it is a vector instruction of a GPU; write the elements of a T.Parallel";

constexpr Refusal refusals[] = {
    {"get_thread_binding", no_threads},
    {"get_thread_bindings", no_threads},
    {"thread_binding", no_threads},
    {"get_lane_idx", no_threads},
    {"get_warp_idx", no_threads},
    {"get_warp_idx_sync", no_threads},
    {"get_warp_group_idx", no_threads},
    {"shuffle_elect", no_threads},
    {"any_sync", no_threads},
    {"all_sync", no_threads},
    {"ballot_sync", no_threads},
    {"ballot", no_threads},
    {"activemask", no_threads},
    {"match_any_sync", no_threads},
    {"match_all_sync", no_threads},
    {"tvm_warp_shuffle", no_threads},
    {"tvm_warp_shuffle_up", no_threads},
    {"tvm_warp_shuffle_down", no_threads},
    {"shfl_sync", no_threads},
    {"shfl_xor", no_threads},
    {"shfl_xor_sync", no_threads},
    {"shfl_up", no_threads},
    {"shfl_up_sync", no_threads},
    {"shfl_down", no_threads},
    {"shfl_down_sync", no_threads},
    {"warp_reduce_sum", no_threads},
    {"warp_reduce_max", no_threads},
    {"warp_reduce_min", no_threads},
    {"warp_reduce_bitand", no_threads},
    {"warp_reduce_bitor", no_threads},
    {"tvm_thread_allreduce", no_threads},
    {"comm_reducer", no_threads},
    {"attr", no_threads},
    {"ws", "a block has no warps to be specialised; the compiler splits it into reader, compute and writer"},
    {"ws_op", "a block has no warps to be specialised; the compiler splits it into reader, compute and writer"},
    {"WSRole", "a block has no warps to be specialised; the compiler splits it into reader, compute and writer"},
    {"sync_warp", no_barriers},
    {"sync_grid", "the blocks of a launch run in no order; two launches come one after the other"},
    {"sync_global", "the blocks of a launch run in no order; two launches come one after the other"},
    {"alloc_barrier", no_barriers},
    {"alloc_cluster_barrier", no_barriers},
    {"create_list_of_mbarrier", no_barriers},
    {"get_mbarrier", no_barriers},
    {"mbarrier_wait_parity", no_barriers},
    {"mbarrier_arrive", no_barriers},
    {"mbarrier_expect_tx", no_barriers},
    {"mbarrier_cp_async_arrive", no_barriers},
    {"mbarrier_cp_async_arrive_noinc", no_barriers},
    {"barrier_wait", no_barriers},
    {"barrier_arrive", no_barriers},
    {"barrier_init", no_barriers},
    {"cp_async_barrier_noinc", no_barriers},
    {"fence_proxy_async", no_barriers},
    {"fence_barrier_init", no_barriers},
    {"warpgroup_arrive", no_barriers},
    {"warpgroup_commit_batch", no_barriers},
    {"warpgroup_wait", no_barriers},
    {"warpgroup_fence_operand", no_barriers},
    {"wait_wgmma", no_barriers},
    {"tma_copy", no_tma},
    {"tma_load", no_tma},
    {"tma_store", no_tma},
    {"tma_store_arrive", no_tma},
    {"tma_store_wait", no_tma},
    {"tma_gather4", no_tma},
    {"tma_scatter4", no_tma},
    {"create_tma_descriptor", no_tma},
    {"alloc_descriptor", no_tma},
    {"alloc_tmem", no_tmem},
    {"alloc_tcgen05_smem_desc", no_tmem},
    {"alloc_wgmma_desc", no_mma},
    {"wgmma_gemm", no_mma},
    {"tcgen05_gemm", no_mma},
    {"tcgen05_gemm_blockscaled", no_mma},
    {"tcgen05_mma_arrive", no_mma},
    {"tcgen05_cp_warpx4", no_tmem},
    {"tcgen05_sf_warp_transpose", no_tmem},
    {"tcgen05_ld", no_tmem},
    {"tcgen05_st", no_tmem},
    {"mma_gemm_blockscaled", no_mma},
    {"gemm_sp", "the matrix engine has no 2:4 sparse operands"},
    {"gemm_sp_v2", "the matrix engine has no 2:4 sparse operands"},
    {"dp4a", no_vectors},
    {"dp2a", no_vectors},
    {"atomic_addx2", no_vectors},
    {"atomic_addx4", no_vectors},
    {"ClusterKernel", no_clusters},
    {"block_rank_in_cluster", no_clusters},
    {"cluster_arrive", no_clusters},
    {"cluster_wait", no_clusters},
    {"cluster_sync", no_clusters},
    {"clc_get_first_ctaid_x", no_clusters},
    {"clc_try_cancel", no_clusters},
    {"clc_is_canceled", no_clusters},
    {"get_cluster_id", no_clusters},
    {"CUDASourceCodeKernel", no_cuda},
    {"call_extern", no_cuda},
    {"call_pure_extern", no_cuda},
    {"call_intrin", no_cuda},
    {"import_source", no_cuda},
    {"ptx_cp_async", no_ptx},
    {"ptx_commit_group", no_ptx},
    {"ptx_wait_group", no_ptx},
    {"async_copy", no_ptx},
    {"cp_async_commit", no_ptx},
    {"cp_async_wait", no_ptx},
    {"ptx_mma", no_mma},
    {"ptx_ldmatrix", no_mma},
    {"ptx_stmatrix", no_mma},
    {"address_of", no_pointers},
    {"access_ptr", no_pointers},
    {"make_tensor", no_pointers},
    {"ptr", no_pointers},
    {"make_tensor_from_ptr", no_pointers},
    {"handle", no_pointers},
    {"atomic_load", "blocks of a launch cannot wait for each other"},
    {"atomic_store", "blocks of a launch cannot wait for each other"},
    {"rng_init", "there is no counter-based generator on the chip that gives a GPU's numbers"},
    {"rng_rand", "there is no counter-based generator on the chip that gives a GPU's numbers"},
    {"rng_rand_float", "there is no counter-based generator on the chip that gives a GPU's numbers"},
    {"PersistentTileScheduler", "it schedules clusters of a GPU; T.Persistent goes over a domain"},
    {"get_block_binding", "the blocks of a launch are named by the \"as\" of T.Kernel"},
};

constexpr std::string_view hints[] = {
    "use_swizzle",
    "annotate_layout",
    "annotate_l2_hit_ratio",
    "annotate_restrict_buffers",
    "annotate_pass_configs",
    "annotate_compile_flags",
    "annotate_min_blocks_per_sm",
    "set_max_nreg",
    "inc_max_nreg",
    "dec_max_nreg",
    "no_set_max_nreg",
    "disable_warp_group_reg_alloc",
    "annotate_producer_reg_dealloc",
    "annotate_consumer_reg_alloc",
    "annotate_ws_schedule",
    "WSSchedule",
    "WSPipeline",
    "WSScope",
    "WSID",
    "WSSync",
    "sync_threads",
    "print",
    "GemmWarpPolicy",
    "Layout",
    "Fragment",
    "SwizzlePattern",
    "pdl_sync",
    "pdl_trigger",
    "block_attr",
};

}  // namespace

std::string_view gpu_only(std::string_view name) {
    for (const Refusal& one : refusals) {
        if (one.name == name) {
            return one.why;
        }
    }
    for (const std::string_view prefix : {"ptx_", "tcgen05_", "wgmma_", "mbarrier_", "tma_", "cluster_", "clc_"}) {
        if (name.starts_with(prefix)) {
            return no_mma;
        }
    }
    return {};
}

bool is_hint(std::string_view name) {
    if (name.starts_with("T.")) {
        name.remove_prefix(2);
    }
    return std::ranges::find(hints, name) != std::end(hints);
}

std::string nearest(std::string_view name, const std::vector<std::string_view>& names) {
    std::string best;
    size_t least = name.size() <= 4 ? 2 : 3;
    for (const std::string_view one : names) {
        if (one.size() > name.size() + 2 || name.size() > one.size() + 2 || one == name) {
            continue;
        }
        std::vector<size_t> row(one.size() + 1);
        for (size_t j = 0; j <= one.size(); ++j) {
            row[j] = j;
        }
        for (size_t i = 1; i <= name.size(); ++i) {
            size_t diagonal = row[0];
            row[0] = i;
            for (size_t j = 1; j <= one.size(); ++j) {
                const size_t change = diagonal + ((name[i - 1] | 0x20) == (one[j - 1] | 0x20) ? 0 : 1);
                diagonal = row[j];
                row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
            }
        }
        if (row.back() < least) {
            least = row.back();
            best = one;
        }
    }
    return best;
}

Bound::Bound(const Call& call, std::vector<std::string_view> names, size_t required,
             std::vector<std::string_view> hints_)
    : names_(std::move(names)), values_(names_.size()), places_(names_.size(), call.span), span_(call.span) {
    const std::string who = call.name;
    for (size_t i = 0; i < call.positional.size(); ++i) {
        if (i >= names_.size()) {
            // What comes behind are hints, if this primitive has any.
            if (i < names_.size() + hints_.size()) {
                continue;
            }
            throw EvalError{"tile-call", i < call.places.size() ? call.places[i] : call.span,
                            who + "() takes at most " + std::to_string(names_.size()) + " arguments, not " +
                                std::to_string(call.positional.size()),
                            ""};
        }
        values_[i] = &call.positional[i];
        places_[i] = i < call.places.size() ? call.places[i] : call.span;
    }
    for (size_t i = 0; i < call.keywords.size(); ++i) {
        const std::string& key = call.keywords[i].first;
        const Span place = i < call.keyword_places.size() ? call.keyword_places[i] : call.span;
        const auto found = std::ranges::find(names_, key);
        if (found == names_.end()) {
            if (std::ranges::find(hints_, key) != hints_.end()) {
                continue;
            }
            std::vector<std::string_view> all = names_;
            all.insert(all.end(), hints_.begin(), hints_.end());
            const std::string close = nearest(key, all);
            throw EvalError{"tile-call", place, who + "() has no parameter \"" + key + "\"",
                            close.empty() ? "" : "is it " + close + "?"};
        }
        const auto at = static_cast<size_t>(found - names_.begin());
        if (values_[at] != nullptr) {
            throw EvalError{"tile-call", place, who + "() gets \"" + key + "\" twice", ""};
        }
        values_[at] = &call.keywords[i].second;
        places_[at] = place;
    }
    for (size_t i = 0; i < required; ++i) {
        if (values_[i] == nullptr) {
            throw EvalError{"tile-call", call.span, who + "() needs an argument for \"" + std::string(names_[i]) + "\"",
                            ""};
        }
    }
}

const Value* Bound::at(std::string_view name) const {
    for (size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) {
            return values_[i];
        }
    }
    return nullptr;
}

Span Bound::place(std::string_view name) const {
    for (size_t i = 0; i < names_.size(); ++i) {
        if (names_[i] == name) {
            return places_[i];
        }
    }
    return span_;
}

}  // namespace tessera::tile::front
