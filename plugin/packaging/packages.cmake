# SPDX-License-Identifier: GPL-2.0-or-later
#
# What CPack needs to make packages, and what only packages install; plugin/package asks for it.
set(PACKAGE_NAME wireshark-plugin-tls-closure)

# Of the package that has it, such as libwireshark16: a plugin is loaded by one major.minor version only.
function(find_libwireshark_package result)
    execute_process(COMMAND dpkg-query --search "*/libwireshark.so.*" OUTPUT_VARIABLE owners ERROR_QUIET)
    string(REGEX MATCH "^[^:\n]*" owner "${owners}")
    set(${result} "${owner}" PARENT_SCOPE)
endfunction()

# Debian 12 gives deb12; where there is no number yet, the release's name: versions sort in the order of releases.
function(find_release result)
    file(STRINGS /etc/os-release lines)
    foreach(line ${lines})
        if(line MATCHES "^(ID|VERSION_ID|VERSION_CODENAME)=\"?([^\"]*)\"?$")
            set(OS_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
        endif()
    endforeach()
    if(OS_ID STREQUAL debian AND OS_VERSION_ID)
        set(${result} "deb${OS_VERSION_ID}" PARENT_SCOPE)
    elseif(OS_ID STREQUAL debian)
        set(${result} "${OS_VERSION_CODENAME}" PARENT_SCOPE)
    else()
        set(${result} "${OS_ID}${OS_VERSION_ID}" PARENT_SCOPE)
    endif()
endfunction()

find_libwireshark_package(LIBWIRESHARK)
find_release(RELEASE)
math(EXPR NEXT_MINOR "${Wireshark_MINOR_VERSION} + 1")
set(WIRESHARK_VERSION "${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION}")
set(CLOSURE_WIRESHARK "${WIRESHARK_VERSION}" CACHE INTERNAL "Version of Wireshark that is built for")
set(PACKAGE_VERSION "${CLOSURE_VERSION}~${RELEASE}")
# Who builds a package answers for it, and says so as to all of Debian's tools. Otherwise nobody can be reached: that
# domain is reserved (RFC 2606).
set(PACKAGE_CONTACT "TLS Closure Analysis <tls-closure@example.org>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
    set(PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()

if(DEFINED ENV{SOURCE_DATE_EPOCH})
    string(TIMESTAMP PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
    set(DOCUMENTS "${CMAKE_CURRENT_BINARY_DIR}/documents")
    file(WRITE "${DOCUMENTS}/changelog"
"${PACKAGE_NAME} (${PACKAGE_VERSION}) unstable; urgency=medium

  * Built for Wireshark ${WIRESHARK_VERSION}.

 -- ${PACKAGE_CONTACT}  ${PACKAGE_DATE}
")
    execute_process(COMMAND gzip -9nf "${DOCUMENTS}/changelog" COMMAND_ERROR_IS_FATAL ANY)
    list(APPEND PACKAGE_DOCUMENTS "${DOCUMENTS}/changelog.gz")
endif()
list(APPEND PACKAGE_DOCUMENTS packaging/copyright "${PROJECT_SOURCE_DIR}/README.md")

if(CLOSURE_PERSONAL)
    install(FILES ${PACKAGE_DOCUMENTS} DESTINATION "$ENV{HOME}/.local/share/doc/${PACKAGE_NAME}")
else()
    install(FILES ${PACKAGE_DOCUMENTS} DESTINATION "${Wireshark_INSTALL_PREFIX}/share/doc/${PACKAGE_NAME}")
endif()

set(CPACK_PACKAGE_NAME ${PACKAGE_NAME})
set(CPACK_PACKAGE_VERSION "${PACKAGE_VERSION}")
set(CPACK_PACKAGE_VENDOR "TLS Closure Analysis")
set(CPACK_PACKAGE_CONTACT "${PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Wireshark plugin that tells how TLS connections ended")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_PACKAGING_INSTALL_PREFIX "${Wireshark_INSTALL_PREFIX}")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "${LIBWIRESHARK} (>= ${WIRESHARK_VERSION}), ${LIBWIRESHARK} (<< ${Wireshark_MAJOR_VERSION}.${NEXT_MINOR}~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "wireshark | tshark")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"For each TLS connection in a capture: who closed it and how (close_notify,
FIN, RST, error alert), and whether data may have been cut off. Comes as
expert information, as fields to filter by, as statistics, and as a profile.
.
Works for TLS 1.0 to 1.3, with the keys or without. This package is for
Wireshark ${WIRESHARK_VERSION}.")
include(CPack)
