# ramie_flags: how ramie's own sources are compiled. Users of the library do not inherit any of it.
add_library(ramie_flags INTERFACE)

set(ramie_cxx_options
    -Wall -Wextra -Wpedantic $<$<BOOL:${RAMIE_WERROR}>:-Werror>
    # GCC 12 warns of its own std::string (its bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    # The same bits from every build: a fused multiply-add stands only where a kernel writes one.
    -ffp-contract=off -fno-math-errno
    # __FILE__ and debug information name tensor/shape.h, not its link in the build folder.
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${RAMIE_INCLUDE_DIR}/ramie/=)
set(ramie_cuda_options
    $<$<BOOL:${RAMIE_WERROR}>:-Werror=all-warnings> -Xcompiler=-Wall,-Wextra,${OpenMP_CXX_FLAGS} -fmad=false
    # Dtypes, half floats and threefry are constexpr and serve both sides.
    --expt-relaxed-constexpr -lineinfo)
target_compile_options(ramie_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${ramie_cxx_options}>
                                             $<$<COMPILE_LANGUAGE:CUDA>:${ramie_cuda_options}>)

# Highway compiles each kernel once per instruction set. On x86 the baseline, AVX2 and AVX-512 are enough; leaving
# out the sets between and above them, as far as this Highway knows them, halves the compile time.
get_target_property(hwy_include hwy::hwy INTERFACE_INCLUDE_DIRECTORIES)
file(STRINGS ${hwy_include}/hwy/detect_targets.h hwy_left_out
     REGEX "^#define HWY_(SSSE3|SSE4|AVX3_DL|AVX3_ZEN4|AVX3_SPR|AVX10_2) ")
list(TRANSFORM hwy_left_out REPLACE "^#define (HWY_[A-Z0-9_]+).*" "\\1")
list(JOIN hwy_left_out "|" hwy_left_out)
target_compile_definitions(ramie_flags INTERFACE "HWY_DISABLED_TARGETS=(${hwy_left_out})")

# Tests and examples are compiled often and run briefly: -O1 in Release.
add_library(ramie_program_flags INTERFACE)
target_link_libraries(ramie_program_flags INTERFACE ramie_flags)
target_compile_options(ramie_program_flags INTERFACE $<$<AND:$<CONFIG:Release>,$<COMPILE_LANGUAGE:CXX>>:-O1>)
