// The peers of the matrix multiplication: OpenBLAS sgemm and oneDNN's bf16 matmul. In a file of their own, since
// OpenBLAS has a type bfloat16 too.
#include <cblas.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include <dnnl.hpp>

#include "bench.h"

namespace bench::peer {

std::function<void()> sgemm_call(uint32_t size) {
    const std::vector<float> a(size_t{size} * size, 0.5f), b(a.size(), 0.25f);
    return [a, b, c = std::vector<float>(a.size()), n = static_cast<blasint>(size)]() mutable {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0f, a.data(), n, b.data(), n, 0.0f, c.data(),
                    n);
    };
}

double sgemm_seconds(uint32_t size) {
    const auto run = sgemm_call(size);
    run();
    return best_of(5, run);
}

double onednn_bf16_seconds(uint32_t size) {
    const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    dnnl::stream queue(cpu);
    const dnnl::memory::dims shape = {size, size};
    const dnnl::memory::desc plain(shape, dnnl::memory::data_type::bf16, dnnl::memory::format_tag::ab);
    // The weights may take oneDNN's own layout, as an inference engine would have it.
    const dnnl::memory::desc any(shape, dnnl::memory::data_type::bf16, dnnl::memory::format_tag::any);
    try {
        const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(plain, any, plain), cpu);
        dnnl::memory a(description.src_desc(), cpu), b(description.weights_desc(), cpu), c(description.dst_desc(), cpu);
        for (auto* m : {&a, &b, &c}) {
            std::memset(m->get_data_handle(), 0, m->get_desc().get_size());
        }
        dnnl::matmul multiply(description);
        const auto run = [&] {
            multiply.execute(queue, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
            queue.wait();
        };
        run();
        return best_of(5, run);
    } catch (const dnnl::error&) {
        return 0;
    }
}

}  // namespace bench::peer
