# Sets digress_rdkit_includes, digress_rdkit_libraries (build and install interface) and
# digress_rdkit_flags (for pkg-config) where RDKit, Boost's headers and a C++ compiler are found; else none.
set(rdkit_parts MolDraw2D Depictor Descriptors FileParsers Fingerprints SmilesParse GraphMol
  DataStructs RDGeneral)
include(CheckLanguage)
check_language(CXX)
find_path(RDKIT_INCLUDE GraphMol/GraphMol.h PATH_SUFFIXES rdkit)
find_path(BOOST_INCLUDE boost/shared_ptr.hpp)
foreach(part IN LISTS rdkit_parts)
  find_library(RDKIT_${part} RDKit${part})
  if(NOT RDKIT_${part})
    set(rdkit_missing ${part})
  endif()
endforeach()
if(NOT CMAKE_CXX_COMPILER OR NOT RDKIT_INCLUDE OR NOT BOOST_INCLUDE OR rdkit_missing)
  return()
endif()

enable_language(CXX)
set(CMAKE_CXX_STANDARD 20) # which the headers of RDKit 2026 need
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(digress_rdkit_includes ${RDKIT_INCLUDE} ${BOOST_INCLUDE})
foreach(part IN LISTS rdkit_parts)
  list(APPEND digress_rdkit_libraries $<BUILD_INTERFACE:${RDKIT_${part}}>
    $<INSTALL_INTERFACE:RDKit${part}>)
  string(APPEND digress_rdkit_flags "-lRDKit${part} ")
endforeach()
# A C program that links the static library needs C++'s own library too.
list(APPEND digress_rdkit_libraries $<INSTALL_INTERFACE:stdc++>)
string(APPEND digress_rdkit_flags "-lstdc++ ")
