# What `cmake --install` puts where: program, libraries, headers, configs, man pages, completion, a
# CMake package and pkg-config files.
include(CMakePackageConfigHelpers)

install(TARGETS digress EXPORT digressTargets)
install(TARGETS digress_shared EXPORT digressSharedTargets)
if(TARGET digress_program)
  install(TARGETS digress_program)
endif()
install(DIRECTORY include/digress DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY configs models DESTINATION ${CMAKE_INSTALL_DATADIR}/digress)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET digress_program AND (NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR))
  include(cmake/pages.cmake)
endif()

set(digress_package ${CMAKE_INSTALL_LIBDIR}/cmake/digress)
install(EXPORT digressTargets NAMESPACE digress:: DESTINATION ${digress_package})
install(EXPORT digressSharedTargets NAMESPACE digress:: DESTINATION ${digress_package})
configure_package_config_file(cmake/digressConfig.cmake.in digressConfig.cmake
  INSTALL_DESTINATION ${digress_package})
write_basic_package_version_file(digressConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/digressConfig.cmake ${CMAKE_BINARY_DIR}/digressConfigVersion.cmake
  DESTINATION ${digress_package})

# digress.pc is of the shared library, digress-static.pc of the static one, which leaves its own
# libraries to whoever links it.
set(digress_requires "openblas igraph yaml-0.1 jansson zlib")
set(digress_libraries "-lplanarity -lqhull_r ${digress_onednn_flags}${digress_rdkit_flags}${digress_picture_flags}-lpthread -lm")
file(RELATIVE_PATH digress_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(kind "" -static)
  configure_file(cmake/digress${kind}.pc.in digress${kind}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/digress${kind}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
