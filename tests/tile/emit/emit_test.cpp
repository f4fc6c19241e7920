#include <tile/emit/files.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <base/error.h>

#include "copy_module.h"

namespace tessera::tile::emit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

TEST(Files, AreAllThere) {
    std::vector<std::string> paths;
    for (const File& file : files_of(copy_module(), "copy.py")) {
        paths.push_back(file.path);
        EXPECT_FALSE(file.text.empty()) << file.path;
        EXPECT_EQ(file.text.back(), '\n') << file.path;
    }
    EXPECT_THAT(paths,
                ::testing::ElementsAre("host.cpp", "tensors.hpp", "kernels/copy_reader.cpp", "kernels/copy_compute.cpp",
                                       "kernels/copy_writer.cpp", "CMakeLists.txt", "plan.json"));
}

TEST(Host, SaysWhatTheModuleSays) {
    const std::string text = host_text(copy_module(), "copy.py");
    EXPECT_THAT(text, HasSubstr("make_ring(program, cores, CBIndex::c_16, DataFormat::Float16_b, 2048, 2);"));
    EXPECT_THAT(text, HasSubstr("CoreRange(CoreCoord(0, 0), CoreCoord(1, 0))"));
    EXPECT_THAT(text, HasSubstr("{0, 0, 0, 7}, {1, 0, 7, 5}"));
    EXPECT_THAT(text, HasSubstr("TensorAccessorArgs(*buffers.A).append_to(reader_arguments);"));
    EXPECT_THAT(text, HasSubstr("SetRuntimeArgs(program, reader, core, "
                                "std::vector<uint32_t>{static_cast<uint32_t>(buffers.A->address()), work.start, "
                                "work.count});"));
    EXPECT_THAT(text, HasSubstr("tensors::write_npy(options.output + \"/B.npy\""));
    EXPECT_THAT(text, Not(HasSubstr("\"/A.npy\"")));
}

TEST(Host, CoresThatAreNoRectangleAreSeveral) {
    device::Module module = copy_module();
    module.programs[0].cores = {{0, 0, 0, 1}, {1, 0, 1, 1}, {2, 0, 2, 1}, {0, 1, 3, 1},
                                {1, 1, 4, 1}, {2, 1, 5, 1}, {0, 2, 6, 1}};
    EXPECT_THAT(
        host_text(module, "copy.py"),
        HasSubstr("{CoreRange(CoreCoord(0, 0), CoreCoord(2, 1)), CoreRange(CoreCoord(0, 2), CoreCoord(0, 2))}"));
}

TEST(Host, ValuesOfCoresMustBeOneACore) {
    device::Module module = copy_module();
    module.programs[0].kernels[0].runtime_arguments.push_back(
        {device::RuntimeArgument::Meaning::CoreValue, "turn", "", {1}});
    try {
        host_text(module, "copy.py");
        ADD_FAILURE() << "one value is no value for each of two cores";
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "tile-internal");
        EXPECT_EQ(error.diagnostic().message, "2 cores have 1 values of turn");
    }
    module.programs[0].kernels[0].runtime_arguments.back().values = {1, 2};
    EXPECT_THAT(host_text(module, "copy.py"), HasSubstr("turn_of_reader = {1, 2};"));
}

TEST(Plan, HoldsTheModule) {
    const auto plan = nlohmann::json::parse(plan_text(copy_module()));
    EXPECT_EQ(plan.at("tensors").at(0).at("layout").at("pages"), 12);
    EXPECT_EQ(plan.at("programs").at(0).at("cores").at(1).at("start"), 7);
    EXPECT_EQ(plan.at("programs").at(0).at("kernels").at(1).at("source"), "kernels/copy_compute.cpp");
    EXPECT_EQ(plan.at("programs").at(0).at("kernels").at(0).at("runtime_arguments").at(0).at("tensor"), "A");
}

/// What of JSON schema the plan's schema uses, checked here.
std::string violation(const nlohmann::json& schema, const nlohmann::json& value, const std::string& at) {
    if (schema.contains("const") && schema["const"] != value) {
        return at + " is not " + schema["const"].dump();
    }
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) {
        return at + " is none of " + schema["enum"].dump();
    }
    if (schema.contains("type") && schema["type"].is_string()) {
        const std::string type = schema["type"];
        const bool fits = type == "object"    ? value.is_object()
                          : type == "array"   ? value.is_array()
                          : type == "string"  ? value.is_string()
                          : type == "boolean" ? value.is_boolean()
                                              : value.is_number_integer();
        if (!fits) {
            return at + " is no " + type;
        }
    }
    if (schema.contains("minimum") && value < schema["minimum"]) {
        return at + " is too small";
    }
    if (value.is_object()) {
        for (const auto& name : schema.at("required")) {
            if (!value.contains(name)) {
                return at + " lacks " + name.dump();
            }
        }
        for (const auto& [name, inside] : value.items()) {
            if (!schema.at("properties").contains(name)) {
                return at + " should not have " + name;
            }
            if (std::string found = violation(schema["properties"][name], inside, at + "." + name); !found.empty()) {
                return found;
            }
        }
    }
    if (value.is_array()) {
        for (const auto& inside : value) {
            if (std::string found = violation(schema.at("items"), inside, at + "[]"); !found.empty()) {
                return found;
            }
        }
    }
    return {};
}

TEST(Plan, FitsItsSchema) {
    const auto schema = nlohmann::json::parse(plan_schema());
    device::Module module = copy_module();
    module.programs[0].semaphores = {{0, 1, "sent"}};
    module.programs[0].kernels[0].compile_arguments = {{"blocks", 4}};
    module.programs[0].kernels[0].runtime_arguments.push_back(
        {device::RuntimeArgument::Meaning::CoreValue, "turn", "", {1, 2}});
    auto plan = nlohmann::json::parse(plan_text(module));
    EXPECT_EQ(violation(schema, plan, "plan"), "");
    plan["programs"][0]["circular_buffers"][0].erase("pages");
    EXPECT_EQ(violation(schema, plan, "plan"), "plan.programs[].circular_buffers[] lacks \"pages\"");
}

TEST(Plan, PublishedSchemaIsThisOne) {
    std::ifstream file(TESSERA_SOURCE_DIR "/docs/tile_plan.schema.json");
    EXPECT_EQ((std::string{std::istreambuf_iterator<char>(file), {}}), plan_schema());
}

class Folder : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("tessera-emit-" + std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    fs::path folder_;
};

TEST_F(Folder, UnchangedFilesStayAsTheyAre) {
    write_files(folder_.string(), {{"a/b.txt", "one\n"}});
    const auto old = fs::last_write_time(folder_ / "a/b.txt") - std::chrono::hours(1);
    fs::last_write_time(folder_ / "a/b.txt", old);
    write_files(folder_.string(), {{"a/b.txt", "one\n"}});
    EXPECT_EQ(fs::last_write_time(folder_ / "a/b.txt"), old);
    write_files(folder_.string(), {{"a/b.txt", "two\n"}});
    EXPECT_NE(fs::last_write_time(folder_ / "a/b.txt"), old);
    EXPECT_THROW(write_files((folder_ / "a/b.txt").string(), {{"c.txt", ""}}), Error);
}

// tensors.hpp stands alone: it is compiled as it is emitted, and asked where elements are. The places are worked out by
// hand from what a tile is: faces of 16x16, the two upper ones first.
TEST_F(Folder, TensorsLieInTiles) {
    write_files(folder_.string(),
                {{"tensors.hpp", tensors_text()}, {"main.cpp", R"cpp(
#include "tensors.hpp"
#include <cstdio>
                                                       using namespace tensors;
#define CHECK(x)                                    \
                                                           if (!(x)) {                                     \
                                                               std::printf("line %d: %s\n", __LINE__, #x); \
                                                               return 1;                                   \
                                                           }

                                                       float word(const std::vector<uint32_t>& words, size_t at) {
                                                           return std::bit_cast<float>(words[at]);
                                                       }

                                                       int main() {
                                                           // 40 x 50 in tiles of 2 x 2: element (i,
                                                           // j) has the value 100 i + j.
                                                           Layout matrix{.name = "m",
                                                                         .shape = {40, 50},
                                                                         .order = {0, 1},
                                                                         .padded = {64, 64},
                                                                         .form = Form::Matrix,
                                                                         .format = Format::Float32,
                                                                         .elements = Format::Float32,
                                                                         .page_bytes = 4096,
                                                                         .pages = 4,
                                                                         .padding = -7};
                                                           Tensor t{{40, 50}, {}};
                                                           for (int i = 0; i < 40; ++i)
                                                               for (int j = 0; j < 50; ++j)
                                                                   t.values.push_back(100 * i + j);
                                                           const auto m = to_pages(matrix, t);
                                                           CHECK(m.size() == 4096);
                                                           CHECK(word(m, 0) == 0);
                                                           CHECK(word(m, 17) == 101);             // row 1 of the
                                                                                                  // first face
                                                           CHECK(word(m, 256 + 16 + 2) == 118);   // row
                                                                                                  // 1,
                                                                                                  // column
                                                                                                  // 18:
                                                                                                  // the
                                                                                                  // second
                                                                                                  // face
                                                           CHECK(word(m, 512) == 1600);           // row 16,
                                                                                                  // column 0:
                                                                                                  // the third
                                                           CHECK(word(m, 768 + 15) == 1631);      // row
                                                                                                  // 16,
                                                                                                  // column
                                                                                                  // 31
                                                           CHECK(word(m, 1024) == 32);            // the tile to
                                                                                                  // the right
                                                           CHECK(word(m, 2048 + 16) == 3300);     // the
                                                                                                  // tile
                                                                                                  // below
                                                           CHECK(word(m, 1024 + 256 + 2) == -7);  // column 50: padding
                                                           CHECK(from_pages(matrix, m).values == t.values);

                                                           // The same with dimensions exchanged: rows
                                                           // of tiles are columns.
                                                           Layout turned = matrix;
                                                           turned.order = {1, 0};
                                                           CHECK(word(to_pages(turned, t), 1) == 100);
                                                           CHECK(from_pages(turned, to_pages(turned, t)).values == t.values);

                                                           // Batches come first.
                                                           Layout batch{.name = "b",
                                                                        .shape = {2, 3},
                                                                        .order = {0, 1},
                                                                        .padded = {2, 32},
                                                                        .form = Form::ColumnVector,
                                                                        .format = Format::Float32,
                                                                        .page_bytes = 4096,
                                                                        .pages = 2};
                                                           const Tensor v{{2, 3}, {1, 2, 3, 4, 5, 6}};
                                                           CHECK(word(to_pages(batch, v), 16) == 2 && word(to_pages(batch, v), 1024) == 4 && word(to_pages(batch, v), 1) == 0);
                                                           batch.form = Form::RowVector;
                                                           CHECK(word(to_pages(batch, v), 1) == 2 && word(to_pages(batch, v), 1024 + 2) == 6);
                                                           batch.form = Form::Words;
                                                           batch.format = Format::Int32;
                                                           batch.padded = {2, 16};
                                                           batch.page_bytes = 64;
                                                           CHECK(to_pages(batch, v)[2] == 3 && to_pages(batch, v)[16] == 4 && to_pages(batch, v).size() == 32);
                                                           CHECK(from_pages(batch, to_pages(batch, v)).values == v.values);

                                                           // Block floats: 1.0, 0.3 share the
                                                           // exponent of 1.0, whose field is 127; 0.3
                                                           // is 19/64.
                                                           Layout blocks{.name = "q",
                                                                         .shape = {1, 2},
                                                                         .order = {0, 1},
                                                                         .padded = {32, 32},
                                                                         .form = Form::Matrix,
                                                                         .format = Format::BlockFloat8,
                                                                         .page_bytes = 1088,
                                                                         .pages = 1};
                                                           const auto q = to_pages(blocks, {{1, 2}, {1.0, -0.3}});
                                                           CHECK((q[0] & 0xff) == 127);
                                                           CHECK((q[16] & 0xffff) == (64u | (128u + 19) << 8));
                                                           CHECK(from_pages(blocks, q).values[1] == -19.0 / 64);
                                                           blocks.format = Format::BlockFloat4;
                                                           blocks.page_bytes = 576;
                                                           CHECK(from_pages(blocks, to_pages(blocks, {{1, 2}, {1.0, -0.3}})).values[1] == -0.25);

                                                           // Formats: halves, brain floats, a
                                                           // denormal, overflow.
                                                           CHECK(encode(Format::Float16, 65520.0) == 0x7c00 && encode(Format::Float16, 5.960464477539063e-08) == 1);
                                                           CHECK(encode(Format::BFloat16, 1.00390625) == 0x3f80 && encode(Format::Float16, -2.0) == 0xc000);
                                                           CHECK(encode(Format::Float16, 6.1035e-05) == 0x0400);
                                                           for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
                                                               CHECK(encode(Format::Float16, decode(Format::Float16, bits)) == bits);
                                                           }

                                                           // Files.
                                                           write_npy("t.npy", t, Format::Float32);
                                                           CHECK(read_npy("t.npy", {40, 50}).values == t.values);
                                                           write_npy("i.npy", v, Format::Int8);
                                                           CHECK(read_npy("i.npy", {2, 3}).values == v.values);
                                                           try {
                                                               read_npy("t.npy", {40, 51});
                                                               return 2;
                                                           } catch (const std::exception&) {
                                                           }
                                                           std::puts("all is well");
                                                       }
                                                   )cpp"}});
    const std::string command = "cd '" + folder_.string() +
                                "' && clang++-19 -std=c++20 -O1 -Wall -Wextra -Werror -Wno-missing-field-initializers "
                                "-o main main.cpp > out 2>&1 && ./main >> out";
    const int status = std::system(command.c_str());
    std::ifstream file(folder_ / "out");
    EXPECT_EQ(status, 0) << std::string{std::istreambuf_iterator<char>(file), {}};
}

}  // namespace
}  // namespace tessera::tile::emit
