# Finds OpenBLAS, its OpenMP build first: OpenBLAS's own threads and OpenMP's would fight for the cores.
# Debian and Ubuntu keep that build (libopenblas-openmp-dev) in a folder of its own, Fedora under its own name.
# Defines OpenBLAS::OpenBLAS; the library is named by its full path, so the system's default BLAS has no say.
find_library(OpenBLAS_LIBRARY NAMES openblaso openblas PATH_SUFFIXES openblas-openmp)
find_path(OpenBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas-openmp openblas)
mark_as_advanced(OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  OpenBLAS REQUIRED_VARS OpenBLAS_LIBRARY OpenBLAS_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian and Ubuntu: apt-get install libopenblas-openmp-dev")

if(OpenBLAS_FOUND AND NOT TARGET OpenBLAS::OpenBLAS)
  if(NOT OpenBLAS_LIBRARY MATCHES "openblas-openmp|openblaso")
    message(WARNING "${OpenBLAS_LIBRARY} may not be OpenBLAS's OpenMP build: threads may fight for the cores. "
                    "On Debian and Ubuntu install libopenblas-openmp-dev; elsewhere set OPENBLAS_NUM_THREADS=1.")
  endif()
  add_library(OpenBLAS::OpenBLAS UNKNOWN IMPORTED)
  set_target_properties(OpenBLAS::OpenBLAS PROPERTIES IMPORTED_LOCATION ${OpenBLAS_LIBRARY}
                                                      INTERFACE_INCLUDE_DIRECTORIES ${OpenBLAS_INCLUDE_DIR})
endif()
