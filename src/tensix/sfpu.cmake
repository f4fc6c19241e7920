# The vector unit's functions, compiled once for each instruction set; sfpu.cpp chooses at run time. No fused
# multiply-add anywhere, so that every level gives the same bits. Vectors wider than the level never cross a call, so their
# calling convention (-Wpsabi) does not matter.
set(sfpu_flags "-O3;-fno-math-errno;-fno-trapping-math;-ffp-contract=off;-Wno-psabi")
set_source_files_properties(sfpu_portable.cpp PROPERTIES COMPILE_OPTIONS "${sfpu_flags}")
set_source_files_properties(sfpu_avx2.cpp PROPERTIES COMPILE_OPTIONS "${sfpu_flags};-mavx2")
set_source_files_properties(sfpu_avx512.cpp PROPERTIES COMPILE_OPTIONS
    "${sfpu_flags};-mavx2;-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mprefer-vector-width=512")
