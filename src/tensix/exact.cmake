# The exact arithmetic: the same vector code for several CPUs. A fused multiply-add is used only where it is written, because
# whether a sum is rounded once or twice is the point.
set(exact_flags "-O3;-fno-math-errno;-fno-trapping-math;-ffp-contract=off;-Wno-psabi")
set(exact_avx2 "-mavx2;-mfma;-mf16c")
set(exact_avx512 "${exact_avx2};-mavx512f;-mavx512bw;-mavx512vl;-mavx512dq;-mavx512cd;-mprefer-vector-width=512")
foreach(part level sfpu unit)
    set_source_files_properties(exact/${part}_portable.cpp PROPERTIES COMPILE_OPTIONS "${exact_flags}")
    set_source_files_properties(exact/${part}_avx2.cpp PROPERTIES COMPILE_OPTIONS "${exact_flags};${exact_avx2}")
    set_source_files_properties(exact/${part}_avx512.cpp PROPERTIES COMPILE_OPTIONS "${exact_flags};${exact_avx512}")
endforeach()
set_source_files_properties(exact/scalar.cpp PROPERTIES COMPILE_OPTIONS "-O2;-ffp-contract=off;-Wno-psabi")
