# tessera_layer(NAME [USES layer...]): one static library per layer of the house. A layer sees its own folder's headers
# as <layer/file.h> and those of the layers it names, and nothing else, so an arrow that runs the wrong way does not compile.
set(TESSERA_WARNINGS -Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers)

function(tessera_layer name)
    cmake_parse_arguments(ARG "" "" "USES;SOURCES" ${ARGN})
    if(NOT ARG_SOURCES)
        file(GLOB ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    endif()
    if(NOT ARG_SOURCES)
        # A layer of headers only still is a target that others can link.
        file(WRITE ${CMAKE_BINARY_DIR}/layers/empty.cpp "")
        set(ARG_SOURCES ${CMAKE_BINARY_DIR}/layers/empty.cpp)
    endif()
    add_library(tessera_${name} STATIC ${ARG_SOURCES})
    # One include folder a layer, holding one link to the layer itself: <sim/core.h> resolves, <metalium/x.h> does not.
    set(root ${CMAKE_BINARY_DIR}/layers/${name})
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${root}/${name} SYMBOLIC)
    target_include_directories(tessera_${name} PUBLIC ${root})
    target_compile_options(tessera_${name} PRIVATE ${TESSERA_WARNINGS})
    foreach(layer IN LISTS ARG_USES)
        target_link_libraries(tessera_${name} PUBLIC tessera_${layer})
    endforeach()
endfunction()
