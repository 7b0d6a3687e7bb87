# SPDX-License-Identifier: GPL-2.0-or-later
#
# The plugin as one of Wireshark's own, built and checked as these are; without the profile.
include(WiresharkPlugin)

string(REPLACE "." ";" VERSION_PARTS ${CLOSURE_VERSION})
set_module_info(tls_closure ${VERSION_PARTS} 0)

set(PLUGIN_FILES ${ADAPTER_SOURCES} ${CORE_SOURCES})
set_source_files_properties(${PLUGIN_FILES} PROPERTIES COMPILE_FLAGS "${WERROR_COMMON_FLAGS}")
add_wireshark_plugin_library(tls_closure epan)
target_link_libraries(tls_closure epan)
target_compile_definitions(tls_closure PRIVATE CLOSURE_VERSION="${CLOSURE_VERSION}")
if(HAVE_SSIZE_T)
    target_compile_definitions(tls_closure PRIVATE HAVE_SSIZE_T)
endif()
install_plugin(tls_closure epan)

CHECKAPI(NAME tls_closure
    SWITCHES --group dissectors-prohibited --group dissectors-restricted
    SOURCES ${PLUGIN_FILES})
