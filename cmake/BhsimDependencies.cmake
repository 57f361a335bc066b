# Every third-party library comes from a Debian package (scripts/packages names them); nothing is fetched or vendored.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(LibArchive REQUIRED)
find_package(CLI11 REQUIRED)

add_library(tl-expected INTERFACE)  # header only: libexpected-dev
add_library(boost-math INTERFACE)   # header only: libboost-math-dev
add_library(boost-ptree INTERFACE)  # header only, of the package that libboost-math-dev brings
add_library(archive ALIAS LibArchive::LibArchive)
add_library(cli11 ALIAS CLI11::CLI11)
# Its definitions belong to its ABI: without them the classes of header and library differ in size.
pkg_check_modules(CPP_HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
add_library(httplib INTERFACE)
target_link_libraries(httplib INTERFACE PkgConfig::CPP_HTTPLIB OpenSSL::SSL)
link_libraries(Threads::Threads)
