# The same vector code is compiled for several levels of CPU; levels.cpp finds at run time which of them this one has. Vectors
# wider than the level never cross a call, so their calling convention (-Wpsabi) does not matter.
set(common "-O3;-fno-math-errno;-Wno-psabi")
set(avx2 "-mavx2;-mfma;-mf16c")
set(avx512 "${avx2};-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512cd;-mprefer-vector-width=512")

# compile_levels(PREFIX flags...): PREFIX_portable.cpp, PREFIX_avx2.cpp, PREFIX_avx512.cpp.
function(compile_levels prefix)
    set_source_files_properties(${prefix}_portable.cpp PROPERTIES COMPILE_OPTIONS "${common};${ARGN}")
    set_source_files_properties(${prefix}_avx2.cpp PROPERTIES COMPILE_OPTIONS "${common};${avx2};${ARGN}")
    set_source_files_properties(${prefix}_avx512.cpp PROPERTIES COMPILE_OPTIONS "${common};${avx512};${ARGN}")
endfunction()

# A fused multiply-add is used only where it is written: whether a sum is rounded once or twice is the point of the exact
# arithmetic, and every level must give the same bits.
foreach(part exact/level exact/sfpu exact/unit fast/sfpu)
    compile_levels(${part} -fno-trapping-math -ffp-contract=off)
endforeach()
set_source_files_properties(exact/scalar.cpp PROPERTIES COMPILE_OPTIONS "-O2;-ffp-contract=off;-Wno-psabi")

# Products of these formats are exact in fp32, so fused and separate multiply-add agree: contraction only makes it faster.
compile_levels(fast/ops -ffp-contract=fast)
set_source_files_properties(fast/matmul_avx512bf16.cpp PROPERTIES COMPILE_OPTIONS "${common};${avx512};-mavx512bf16")
set_source_files_properties(fast/matmul_amx.cpp PROPERTIES COMPILE_OPTIONS "${common};${avx512};-mamx-tile;-mamx-bf16")
