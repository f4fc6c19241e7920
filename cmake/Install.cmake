# What `cmake --install` puts where, and the package that other CMake projects find, in the build tree and installed.
# Everything finds everything else relative to itself, so an installed tree may be moved.
include(CMakePackageConfigHelpers)

install(TARGETS tessera RUNTIME DESTINATION bin)
install(TARGETS tt_metal LIBRARY DESTINATION lib)
install(TARGETS tessera_pass tessera_static_plugin LIBRARY DESTINATION lib/tessera)
install(DIRECTORY include/ DESTINATION include/tessera)
install(DIRECTORY kernel/ DESTINATION share/tessera/kernel)

set(version_file ${CMAKE_BINARY_DIR}/TT-MetaliumConfigVersion.cmake)
# Programs ask for versions of the SDK, and Tessera serves all of its generations.
file(WRITE ${version_file} "set(PACKAGE_VERSION \"${PROJECT_VERSION}\")\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n")

set(TESSERA_INCLUDE include/tessera)
set(TESSERA_LIBRARY lib/libtt_metal.so)
configure_package_config_file(cmake/TT-MetaliumConfig.cmake.in ${CMAKE_BINARY_DIR}/installed/TT-MetaliumConfig.cmake
    INSTALL_DESTINATION lib/cmake/TT-Metalium PATH_VARS TESSERA_INCLUDE TESSERA_LIBRARY)
install(FILES ${CMAKE_BINARY_DIR}/installed/TT-MetaliumConfig.cmake ${version_file} DESTINATION lib/cmake/TT-Metalium)

# The build tree as a prefix: -DCMAKE_PREFIX_PATH=<build>.
set(TESSERA_INCLUDE ${CMAKE_SOURCE_DIR}/include)
set(TESSERA_LIBRARY ${CMAKE_BINARY_DIR}/lib/libtt_metal.so)
configure_package_config_file(cmake/TT-MetaliumConfig.cmake.in
    ${CMAKE_BINARY_DIR}/lib/cmake/TT-Metalium/TT-MetaliumConfig.cmake
    INSTALL_DESTINATION ${CMAKE_BINARY_DIR}/lib/cmake/TT-Metalium INSTALL_PREFIX ${CMAKE_BINARY_DIR}
    PATH_VARS TESSERA_INCLUDE TESSERA_LIBRARY)
configure_file(${version_file} ${CMAKE_BINARY_DIR}/lib/cmake/TT-Metalium/TT-MetaliumConfigVersion.cmake COPYONLY)

# The library that reads recordings, for tools that need nothing else of Tessera.
install(TARGETS tessera_record ARCHIVE DESTINATION lib/tessera)
install(DIRECTORY src/record DESTINATION include/tessera_record FILES_MATCHING PATTERN "*.h")
set(TESSERA_RECORD_INCLUDE include/tessera_record)
set(TESSERA_RECORD_LIBRARY lib/tessera/libtessera_record.a)
configure_package_config_file(cmake/TesseraRecordConfig.cmake.in
    ${CMAKE_BINARY_DIR}/installed/TesseraRecordConfig.cmake
    INSTALL_DESTINATION lib/cmake/TesseraRecord PATH_VARS TESSERA_RECORD_INCLUDE TESSERA_RECORD_LIBRARY)
install(FILES ${CMAKE_BINARY_DIR}/installed/TesseraRecordConfig.cmake DESTINATION lib/cmake/TesseraRecord)
