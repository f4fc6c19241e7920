// The exact arithmetic of unpackers, matrix unit and packer against the golden vectors, bit for bit: both chips, the
// scalar definition and every level of vector code that this CPU has. Any set in the format of tests/data/golden is
// taken; an op or a format that is not known here is a failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>

#include <tensix/arithmetic.h>
#include <tensix/exact/scalar.h>

#include "../tensix/golden.h"

namespace {

using namespace tessera::tensix;
using nlohmann::json;
using Words = std::vector<uint32_t>;
using Bytes = std::vector<uint8_t>;

// A case of the set, made ready to run.
struct Case {
    Words expected;
    std::function<Words(const Arithmetic&)> run;
    std::function<std::string(size_t)> inputs;  // of output i, for messages
    bool scalar_only = false;                   // what struct Arithmetic has no words for
};

std::string text(const json& entry, const char* key) {
    return entry.at(key).get<std::string>();
}

Chip chip_of(const json& entry) {
    const std::string arch = text(entry, "arch");
    if (arch != "wh" && arch != "bh") {
        throw std::runtime_error("unknown arch " + arch);
    }
    return arch == "wh" ? Chip::Wormhole : Chip::Blackhole;
}

// `file` tells which of the 8-bit floats "fp8" is: e5m2 unless the file's name, or for what only Blackhole can do the
// chip, says otherwise.
DataFormat format_of(const std::string& name, const std::string& file) {
    static const std::map<std::string, DataFormat> formats = {
        {"fp32", DataFormat::Float32},  {"tf32", DataFormat::Tf32},     {"bf16", DataFormat::Float16_b},
        {"fp16", DataFormat::Float16},  {"bfp8_b", DataFormat::Bfp8_b}, {"bfp4_b", DataFormat::Bfp4_b},
        {"bfp2_b", DataFormat::Bfp2_b}, {"bfp8_a", DataFormat::Bfp8},   {"bfp4_a", DataFormat::Bfp4},
        {"bfp2_a", DataFormat::Bfp2},   {"bfp8a", DataFormat::Bfp8},    {"bfp4a", DataFormat::Bfp4},
        {"bfp2a", DataFormat::Bfp2},    {"bfp8", DataFormat::Bfp8},     {"bfp4", DataFormat::Bfp4},
        {"bfp2", DataFormat::Bfp2},     {"int8_sm", DataFormat::Int8},  {"int8", DataFormat::Int8},
        {"uint8", DataFormat::UInt8},   {"int32", DataFormat::Int32},   {"int32_sm", DataFormat::Int32},
        {"uint32", DataFormat::UInt32}, {"uint16", DataFormat::UInt16}, {"lf8", DataFormat::Lf8},
        {"fp8_e5m2", DataFormat::Lf8},  {"e5m2", DataFormat::Lf8},      {"fp8_e4m3", DataFormat::Fp8_e4m3},
        {"e4m3", DataFormat::Fp8_e4m3},
    };
    if (name == "fp8") {
        return file.find("e4m3") != std::string::npos ? DataFormat::Fp8_e4m3 : DataFormat::Lf8;
    }
    const auto found = formats.find(name);
    if (found == formats.end()) {
        throw std::runtime_error("unknown format " + name);
    }
    return found->second;
}

// What the sources hold of a format, or of one that is cut on its way (fp32 to tf32, bf16 or fp16).
Precision source_precision(DataFormat format) {
    switch (format) {
        case DataFormat::Float32:
        case DataFormat::Tf32:
            return Precision::Tf32;
        case DataFormat::Int8:
        case DataFormat::UInt8:
            return Precision::Int8;
        default:
            return is_fp16_class(format) ? Precision::Fp16 : Precision::Bf16;
    }
}

Precision dst_precision(Precision src, uint32_t bits) {
    if (bits != 16 && bits != 32) {
        throw std::runtime_error("unknown dst_bits " + std::to_string(bits));
    }
    return src == Precision::Int8   ? Precision::Int8
           : bits == 32             ? Precision::Fp32
           : src == Precision::Fp16 ? Precision::Fp16
                                    : Precision::Bf16;
}

uint8_t phases_of(const std::string& fidelity) {
    static const std::map<std::string, uint8_t> phases = {{"LoFi", 1}, {"HiFi2", 2}, {"HiFi3", 3}, {"HiFi4", 4},
                                                          {"n/a", 1},  {"na", 1},    {"", 1}};
    const auto found = phases.find(fidelity);
    if (found == phases.end()) {
        throw std::runtime_error("unknown fidelity " + fidelity);
    }
    return found->second;
}
uint8_t phases_of(const json& entry) {
    const uint8_t named = phases_of(entry.value("fidelity", entry.contains("phases") ? "" : "HiFi4"));
    const uint8_t phases = entry.value("phases", named);
    if (phases < 1 || phases > 4 || (entry.value("fidelity", "n/a") != "n/a" && phases != named)) {
        throw std::runtime_error("phases do not go with the fidelity");
    }
    return phases;
}

// Place i of a row-major 32 x 32 tile, in faces.
size_t in_faces(size_t i) {
    const size_t row = i / 32 % 32, column = i % 32;
    return i / 1024 * 1024 + (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16;
}

// DST words of values as files have them: 16 bits wide (bf16 or fp16 in the low half) or 32.
uint32_t dst_word(Precision dst, uint32_t v) {
    if (dst == Precision::Fp16) {
        return (v & 0x7FFF) == 0 ? v << 16 : ((v & 0x8000) << 16) | (((v & 0x7FFF) << 13) + (112u << 23));
    }
    return dst == Precision::Bf16 ? v << 16 : v;
}
// The other way.
uint32_t file_value(Precision dst, uint32_t word) {
    if (dst == Precision::Fp16) {
        const uint32_t e = (word >> 23) & 0xFF;
        const uint32_t sign = (word >> 16) & 0x8000;
        return e <= 112 ? sign : sign | (e - 112) << 10 | ((word >> 13) & 0x3FF);
    }
    return dst == Precision::Bf16 ? word >> 16 : word;
}

// An operand's tiles in faces, as source words. Block formats are tiles as in L1; the others are row by row.
struct Operand {
    DataFormat format;
    Bytes raw;
    size_t tiles;

    Operand(const json& entry, const char* key, const std::string& format_name)
        : format(format_of(format_name, text(entry, key))),
          raw(golden::bytes(entry, key)),
          tiles(raw.size() / tile_bytes(format, 1024)) {
        if (tiles == 0 || raw.size() % tile_bytes(format, 1024) != 0) {
            throw std::runtime_error(std::string("size of ") + key);
        }
    }
    Words source(const Arithmetic& arithmetic, Precision src) const {
        Words out(tiles * 1024);
        const uint32_t size = tile_bytes(format, 1024);
        for (size_t t = 0; t < tiles; ++t) {
            const uint8_t* tile = &raw[t * size];
            Bytes faces(tile, tile + size);
            if (!is_block_float(format)) {
                const size_t width = datum_bits(format) / 8;
                for (size_t i = 0; i < 1024; ++i) {
                    std::memcpy(&faces[in_faces(i) * width], tile + i * width, width);
                }
            }
            arithmetic.unpack(format, src, faces.data(), faces.data() + exponent_bytes(format, 1024), 1024,
                              &out[t * 1024]);
        }
        return out;
    }
};

Words row_major(const Words& faces, Precision dst, bool narrow) {
    Words out(faces.size());
    for (size_t i = 0; i < faces.size(); ++i) {
        out[i] = narrow ? file_value(dst, faces[in_faces(i)]) : faces[in_faces(i)];
    }
    return out;
}
Words faces_of(const Words& rows) {
    Words out(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
        out[in_faces(i)] = rows[i];
    }
    return out;
}

std::string hex(uint32_t v) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "0x%08X", v);
    return buffer;
}

const Arithmetic& definition(const json& entry) {
    return *arithmetic_by_name(MathMode::Exact, chip_of(entry), "scalar");
}

// The kind of file that an output is: true if 16 bits wide.
bool narrow_output(const json& entry, Precision dst) {
    const std::string kind = text(entry, "out_dtype");
    const bool narrow = kind == "bf16_bits" || kind == "fp16_bits";
    const bool known = narrow || kind == "int32_signmag" || kind.rfind("fp32_bits", 0) == 0;
    if (!known || (narrow && kind != (dst == Precision::Fp16 ? "fp16_bits" : "bf16_bits"))) {
        throw std::runtime_error("unknown out_dtype " + kind);
    }
    return narrow;
}

// --- Products and elementwise operations
// --------------------------------------------------------------------------------

struct Operands {
    Operand in0, in1;
    Precision src, dst;
    uint8_t phases;
    bool narrow;  // the output
    Words held;   // what DST begins with, in faces; empty: nothing

    explicit Operands(const json& entry)
        : in0(entry, "in0", entry.value("in0_fmt", entry.value("in_fmt", ""))),
          in1(entry, "in1", entry.value("in1_fmt", entry.value("in_fmt", ""))),
          src(source_precision(entry.contains("src_fmt") ? format_of(text(entry, "src_fmt"), text(entry, "in0"))
                                                         : in0.format)),
          dst(dst_precision(src, entry.at("dst_bits"))),
          phases(0),
          narrow(narrow_output(entry, dst)) {
        if (in0.tiles != in1.tiles) {
            throw std::runtime_error("in0 and in1 have different sizes");
        }
    }
};

// DST of preset cases: fp32 patterns, the 16-bit value in the high half in 16-bit DST.
Words preset(const json& entry, const Operands& operands) {
    const Bytes raw = golden::bytes(entry, "dst_in");
    const bool narrow = raw.size() == 2048;
    Words held = faces_of(golden::words(entry, "dst_in", narrow));
    if (held.size() != 1024) {
        throw std::runtime_error("size of dst_in");
    }
    for (uint32_t& v : held) {
        if (operands.dst == Precision::Fp16 || narrow) {
            v = dst_word(operands.dst, narrow ? v : v >> 16);
        }
    }
    return held;
}

// Of a preset case's output, which has DST's form.
Words preset_form(Precision dst, Words words) {
    if (dst == Precision::Fp16) {
        for (uint32_t& v : words) {
            v = file_value(dst, v) << 16;
        }
    }
    return words;
}

Case matmul(const json& entry, uint8_t phases, bool is_preset) {
    Operands o(entry);
    o.phases = phases;
    if (is_preset) {
        o.held = preset(entry, o);
    }
    if (o.in0.tiles != entry.value("k_tiles", o.in0.tiles)) {
        throw std::runtime_error("k_tiles and the size of in0 disagree");
    }
    Case c;
    c.expected = golden::words(entry, "out", o.narrow);
    c.run = [o, is_preset](const Arithmetic& arithmetic) {
        const Words in0 = o.in0.source(arithmetic, o.src), in1 = o.in1.source(arithmetic, o.src);
        Words dst = o.held.empty() ? Words(1024, 0xDEADBEEF) : o.held;
        for (size_t k = 0; k < o.in0.tiles; ++k) {
            const MatmulOperand a{&in0[k * 1024]}, b{&in1[k * 1024]};
            const uint8_t fresh = k == 0 && o.held.empty();
            MatmulPlan plan;
            plan.in0 = &a;
            plan.in1 = &b;
            plan.dst = dst.data();
            plan.fresh = &fresh;
            plan.phases = o.phases;
            plan.src = o.src;
            plan.dst_precision = o.dst;
            arithmetic.matmul(plan);
        }
        const Words out = row_major(dst, o.dst, o.narrow);
        return is_preset ? preset_form(o.dst, out) : out;
    };
    const Arithmetic& scalar = definition(entry);
    c.inputs = [o, &scalar](size_t i) {
        const Words in0 = o.in0.source(scalar, o.src), in1 = o.in1.source(scalar, o.src);
        std::string out =
            "\n  dst " + (o.held.empty() ? std::string("0") : hex(o.held[in_faces(i)])) + "\n  in0 x in1:";
        for (size_t k = 0; k < o.in0.tiles * 32; ++k) {
            const size_t tile = k / 32 * 1024;
            out += (k % 16 == 0 ? "\n   " : "") + std::string(" ") + hex(in0[tile + in_faces(i / 32 * 32 + k % 32)]) +
                   "*" + hex(in1[tile + in_faces(k % 32 * 32 + i % 32)]);
        }
        return out;
    };
    return c;
}

Case eltwise(const json& entry, EltwiseOp op, uint8_t phases, bool is_preset) {
    Operands o(entry);
    o.phases = phases;
    if (is_preset) {
        o.held = preset(entry, o);
    }
    const int times = entry.value("applied_times", 1);
    Case c;
    c.expected = golden::words(entry, "out", o.narrow);
    c.run = [o, op, times, is_preset](const Arithmetic& arithmetic) {
        const Words a = o.in0.source(arithmetic, o.src), b = o.in1.source(arithmetic, o.src);
        Words dst = o.held.empty() ? Words(a.size(), 0xDEADBEEF) : o.held;
        for (int t = 0; t < times; ++t) {
            EltwisePlan plan;
            plan.op = op;
            plan.accumulate = is_preset || t > 0;
            plan.phases = o.phases;
            plan.src = o.src;
            plan.dst = o.dst;
            arithmetic.eltwise(plan, a.data(), b.data(), dst.data(), static_cast<uint32_t>(dst.size()));
        }
        const Words out = row_major(dst, o.dst, o.narrow);
        return is_preset ? preset_form(o.dst, out) : out;
    };
    const Arithmetic& scalar = definition(entry);
    c.inputs = [o, &scalar](size_t i) {
        return " a " + hex(o.in0.source(scalar, o.src)[in_faces(i)]) + " b " +
               hex(o.in1.source(scalar, o.src)[in_faces(i)]) +
               (o.held.empty() ? "" : " dst " + hex(o.held[in_faces(i)]));
    };
    return c;
}

// preset_<op>_acc, preset_<op>_acc_<fidelity>: DST begins with a file.
Case preset_case(const json& entry) {
    const std::string op = text(entry, "op");
    const size_t end = op.find("_acc", 7);
    if (end == std::string::npos || (op.size() > end + 4 && op[end + 4] != '_')) {
        throw std::runtime_error("unknown op " + op);
    }
    const std::string name = op.substr(7, end - 7);
    const std::string fidelity = op.size() > end + 4 ? op.substr(end + 5) : entry.value("fidelity", "");
    if (fidelity.empty() && entry.contains("phases") && entry["phases"] != 1) {
        throw std::runtime_error("phases without a fidelity");
    }
    const uint8_t phases = phases_of(fidelity);
    if (name == "matmul") {
        return matmul(entry, phases, true);
    }
    if (name == "elwadd" || name == "elwsub" || name == "elwmul") {
        return eltwise(entry,
                       name == "elwadd"   ? EltwiseOp::Add
                       : name == "elwsub" ? EltwiseOp::Sub
                                          : EltwiseOp::Mul,
                       phases, true);
    }
    throw std::runtime_error("unknown op " + op);
}

// --- Pooling
// ------------------------------------------------------------------------------------------------------------

// The index says "name (what it is)".
std::string scaler_name(const json& entry) {
    const std::string file = entry.value("scaler", "");
    return file.substr(0, file.find(' '));
}
bool lacks_scaler(const json& entry) {
    json named = entry;
    named["scaler"] = scaler_name(entry);
    return !std::filesystem::is_regular_file(golden::path(named, "scaler"));
}

Case pool(const json& entry, bool max) {
    const std::string shape = text(entry, "in_shape");
    if (shape.rfind("16x16 ", 0) != 0) {
        throw std::runtime_error("unknown in_shape " + shape);
    }
    const DataFormat format = format_of(shape.substr(6), text(entry, "in"));
    const Precision src = source_precision(format), dst = dst_precision(src, entry.at("dst_bits"));
    const Bytes in = golden::bytes(entry, "in");
    const uint32_t size = tile_bytes(format, 256);
    if (in.size() != size) {
        throw std::runtime_error("size of in");
    }
    // Without the scaler's file: rows of 1/16, which the outputs of GAPOOL solve to, and of 1 for GMPOOL, whose outputs
    // are unscaled maxima.
    Words scaler(256, max ? 0x3F800000u : 0x3D800000u);
    if (!lacks_scaler(entry)) {
        json named = entry;
        named["scaler"] = scaler_name(entry);
        Bytes rows = golden::bytes(named, "scaler");
        if (rows.empty() || rows.size() > size) {
            throw std::runtime_error("size of scaler");
        }
        rows.resize(size);
        definition(entry).unpack(format, src, rows.data(), rows.data(), 256, scaler.data());
    }
    Case c;
    c.expected = golden::values<uint32_t>(entry, "out");
    c.run = [=, phases = phases_of(entry)](const Arithmetic& arithmetic) {
        Words a(256), out(64, 0xDEADBEEF);
        arithmetic.unpack(format, src, in.data(), in.data(), 256, a.data());
        PoolPlan plan;
        plan.max = max;
        plan.phases = phases;
        plan.src = src;
        plan.dst = dst;
        plan.fresh = true;
        arithmetic.pool(plan, a.data(), scaler.data(), out.data());
        return preset_form(dst, out);
    };
    const Arithmetic& scalar = definition(entry);
    c.inputs = [=, &scalar](size_t i) {
        Words a(256);
        scalar.unpack(format, src, in.data(), in.data(), 256, a.data());
        std::string out = " column";
        for (size_t k = 0; k < 16; ++k) {
            out += " " + hex(a[k * 16 + i % 16]);
        }
        return out;
    };
    return c;
}

// --- Moves, unpacker, packer
// --------------------------------------------------------------------------------------------

Case mova2d(const json& entry) {
    const DataFormat format = format_of(text(entry, "in_fmt"), "");
    const Precision src = source_precision(format_of(text(entry, "src_fmt"), ""));
    const Precision dst = dst_precision(src, src == Precision::Tf32 ? 32 : 16);
    const uint32_t count = entry.at("n");
    Bytes in;
    if (text(entry, "in") == "codes 0..65535 in order") {
        for (uint32_t i = 0; i < count; ++i) {
            in.push_back(static_cast<uint8_t>(i));
            in.push_back(static_cast<uint8_t>(i >> 8));
        }
    } else {
        in = golden::bytes(entry, "in");
    }
    if (is_block_float(format) || in.size() < size_t{count} * datum_bits(format) / 8) {
        throw std::runtime_error("input of mova2d");
    }
    Case c;
    c.expected = golden::values<uint32_t>(entry, "out");
    const auto source = [=](const Arithmetic& arithmetic) {
        Words words(count);
        arithmetic.unpack(format, src, in.data(), in.data(), count, words.data());
        return words;
    };
    c.run = [=](const Arithmetic& arithmetic) {
        const Words words = source(arithmetic);
        Words out(count);
        arithmetic.to_dst(src, dst, words.data(), out.data(), count);
        for (uint32_t& v : out) {
            v = file_value(dst, v);
        }
        return out;
    };
    const Arithmetic& scalar = definition(entry);
    c.inputs = [=, &scalar](size_t i) { return " source word " + hex(source(scalar)[i]); };
    return c;
}

Case unpack(const json& entry) {
    const std::string file = text(entry, "in"), to = text(entry, "to");
    const DataFormat format = format_of(text(entry, "in_fmt"), file);
    if (to != "src" && to != "dst32") {
        throw std::runtime_error("unknown target " + to);
    }
    const Precision target =
        to == "dst32" ? Precision::Fp32 : source_precision(format_of(text(entry, "out_fmt"), file));
    const Bytes in = golden::bytes(entry, "in");
    const uint32_t tiles = entry.at("tiles"), size = entry.at("bytes_per_tile");
    if (size != tile_bytes(format, 1024) || in.size() != size_t{tiles} * size) {
        throw std::runtime_error("size of in");
    }
    Case c;
    c.expected = golden::values<uint32_t>(entry, "out");
    c.run = [=](const Arithmetic& arithmetic) {
        Words out(tiles * 1024);
        for (size_t t = 0; t < tiles; ++t) {
            const uint8_t* tile = &in[t * size];
            arithmetic.unpack(format, target, tile, tile + exponent_bytes(format, 1024), 1024, &out[t * 1024]);
        }
        return out;
    };
    c.inputs = [=](size_t i) {
        const uint8_t* tile = &in[i / 1024 * size];
        const size_t bit = exponent_bytes(format, 1024) * 8 + i % 1024 * datum_bits(format);
        uint32_t v = 0;
        std::memcpy(&v, tile + bit / 8, (datum_bits(format) + 7) / 8);
        return " in " + hex(v) + " bit " + std::to_string(bit % 8) +
               (is_block_float(format) ? " exponent " + std::to_string(tile[i % 1024 / 16]) : "");
    };
    return c;
}

Words widen(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

// A plan's packing of `tiles` tiles, as bytes, onto what L1 holds.
Case packing(const json& entry, PackPlan plan, DataFormat intermediate, const Words& dst, const Bytes& l1) {
    const uint32_t size = tile_bytes(plan.format, 1024);
    Case c;
    c.expected = widen(golden::bytes(entry, "out"));
    if (c.expected.size() != dst.size() / 1024 * size || dst.size() % 1024 != 0 ||
        (plan.l1_accumulate && l1.size() != c.expected.size())) {
        throw std::runtime_error("size of out");
    }
    c.scalar_only = intermediate != exact::scalar::intermediate_format(plan);
    c.run = [=, scalar_only = c.scalar_only](const Arithmetic& arithmetic) {
        Bytes out = l1;
        out.resize(dst.size() / 1024 * size);
        for (size_t t = 0; t < dst.size() / 1024; ++t) {
            uint8_t* tile = &out[t * size];
            uint8_t* data = tile + exponent_bytes(plan.format, 1024);
            if (!scalar_only) {
                arithmetic.pack(plan, &dst[t * 1024], 1024, tile, data);
            } else if (arithmetic.chip == Chip::Wormhole) {
                exact::scalar::pack_through<Chip::Wormhole>(intermediate, plan, &dst[t * 1024], 1024, tile, data);
            } else {
                exact::scalar::pack_through<Chip::Blackhole>(intermediate, plan, &dst[t * 1024], 1024, tile, data);
            }
        }
        return widen(out);
    };
    c.inputs = [=](size_t i) {
        const size_t exponents = exponent_bytes(plan.format, 1024), offset = i % size;
        const size_t datum = offset < exponents ? offset * 16 : (offset - exponents) * 8 / datum_bits(plan.format);
        std::string out = " dst " + hex(dst[i / size * 1024 + datum]);
        if (is_block_float(plan.format)) {
            out = " block";
            for (size_t k = 0; k < 16; ++k) {
                out += " " + hex(dst[i / size * 1024 + datum / 16 * 16 + k]);
            }
        } else if (plan.l1_accumulate) {
            uint32_t held = 0;
            const size_t width = datum_bits(plan.format) / 8;
            std::memcpy(&held, &l1[i / width * width], width);
            out += " L1 " + hex(held);
        }
        return out;
    };
    return c;
}

Case pack(const json& entry) {
    const std::string layout = text(entry, "dst_layout"), out_name = text(entry, "out_fmt");
    static const std::map<std::string, Precision> layouts = {
        {"dst32_fp32", Precision::Fp32},  {"dst16_bf16", Precision::Bf16}, {"dst16_fp16", Precision::Fp16},
        {"dst32_int32", Precision::Int8}, {"dst32_int", Precision::Int8},
    };
    if (!layouts.contains(layout)) {
        throw std::runtime_error("unknown dst_layout " + layout);
    }
    PackPlan plan;
    plan.dst = layouts.at(layout);
    plan.format = format_of(out_name, text(entry, "out"));
    DataFormat intermediate = format_of(text(entry, "intermediate_fmt"), text(entry, "out"));
    if (entry.value("round_10b_mant", 0) != 0 && plan.dst != Precision::Fp16) {
        intermediate = DataFormat::Tf32;
    }
    if (plan.dst == Precision::Fp16 && intermediate == DataFormat::Bfp8_b) {
        intermediate = DataFormat::Bfp8;  // 5-bit exponents come from fp16
    }
    if (plan.dst == Precision::Bf16 && intermediate == DataFormat::Float32) {
        intermediate = DataFormat::Float16_b;  // as wide as it gets
    }
    if (is_integer(plan.format)) {
        intermediate = DataFormat::Int32;
    }
    plan.bfp_prerounded = intermediate == DataFormat::Bfp8_b || intermediate == DataFormat::Bfp8;
    Words dst = golden::words(entry, "in", layout.rfind("dst16", 0) == 0);
    for (uint32_t& v : dst) {
        v = dst_word(plan.dst, v);
    }
    if (dst.size() != entry.value("tiles", dst.size() / 1024) * 1024) {
        throw std::runtime_error("size of in");
    }
    return packing(entry, plan, intermediate, dst, {});
}

Case pack_relu_or_accumulate(const json& entry, bool accumulate) {
    PackPlan plan;
    plan.format = format_of(text(entry, "out_fmt"), text(entry, "out"));
    const std::string kind = entry.value("dst_fmt", "fp32_bits");
    static const std::map<std::string, Precision> kinds = {
        {"fp32_bits", Precision::Fp32},
        {"bf16_bits_u32", Precision::Bf16},
        {"fp16_bits_u32", Precision::Fp16},
        {"int32_signmag", Precision::Int8},
    };
    if (!kinds.contains(kind)) {
        throw std::runtime_error("unknown dst_fmt " + kind);
    }
    plan.dst = kinds.at(kind);
    Words dst = golden::values<uint32_t>(entry, "dst");
    for (uint32_t& v : dst) {
        v = dst_word(plan.dst, v);
    }
    Bytes l1;
    if (accumulate) {
        plan.l1_accumulate = true;
        l1 = golden::bytes(entry, "l1_in");
    } else {
        plan.relu = entry.at("mode");
        if (plan.relu > 3) {
            throw std::runtime_error("unknown ReLU mode");
        }
        plan.relu_threshold = static_cast<uint32_t>(std::stoul(entry.value("threshold_bf16", "0"), nullptr, 16)) << 16;
    }
    return packing(entry, plan, exact::scalar::intermediate_format(plan), dst, l1);
}

// --- All of them
// --------------------------------------------------------------------------------------------------------

Case case_of(const json& entry) {
    const std::string op = text(entry, "op");
    if (op == "matmul") {
        return matmul(entry, phases_of(entry), false);
    }
    if (op == "elwadd" || op == "elwsub") {
        return eltwise(entry, op == "elwadd" ? EltwiseOp::Add : EltwiseOp::Sub, 1, false);
    }
    if (op == "elwmul") {
        return eltwise(entry, EltwiseOp::Mul, phases_of(entry), false);
    }
    if (op.rfind("preset_", 0) == 0) {
        return preset_case(entry);
    }
    if (op == "gapool" || op == "gmpool") {
        return pool(entry, op == "gmpool");
    }
    if (op == "mova2d") {
        return mova2d(entry);
    }
    if (op == "unpack") {
        return unpack(entry);
    }
    if (op == "pack") {
        return pack(entry);
    }
    if (op == "pack_relu" || op == "pack_l1_acc") {
        return pack_relu_or_accumulate(entry, op == "pack_l1_acc");
    }
    throw std::runtime_error("unknown op " + op);
}

TEST(GoldenExact, EveryCase) {
    std::map<std::string, std::array<size_t, 2>> ran;  // op: cases, of them by the definition alone
    std::map<std::string, size_t> deduced, elsewhere;
    size_t values = 0, differ = 0, wrong_cases = 0;
    std::vector<std::string> levels;
    for (const char* level : {"scalar", "portable", "avx2", "avx512"}) {
        if (arithmetic_by_name(MathMode::Exact, Chip::Wormhole, level) != nullptr) {
            levels.push_back(level);
        }
    }
    for (const json& entry : golden::entries()) {
        const std::string op = text(entry, "op");
        if (op.rfind("sfp", 0) == 0) {
            ++elsewhere[op];
            continue;
        }
        deduced[op] += (op == "gapool" || op == "gmpool") && lacks_scaler(entry);
        Case c;
        try {
            c = case_of(entry);
        } catch (const std::exception& e) {
            ADD_FAILURE() << e.what() << ": " << entry.dump();
            ++wrong_cases;
            continue;
        }
        bool wrong = false;
        for (const std::string& level : levels) {
            if (c.scalar_only && level != "scalar") {
                continue;
            }
            Words got;
            try {
                got = c.run(*arithmetic_by_name(MathMode::Exact, chip_of(entry), level.c_str()));
            } catch (const std::exception& e) {
                ADD_FAILURE() << level << ": " << e.what() << ": " << entry.dump();
                wrong = true;
                continue;
            }
            if (got.size() != c.expected.size()) {
                ADD_FAILURE() << level << ": " << got.size() << " values, not " << c.expected.size() << ": "
                              << entry.dump();
                wrong = true;
                continue;
            }
            values += got.size();
            size_t first = got.size(), count = 0;
            for (size_t i = got.size(); i-- > 0;) {
                if (got[i] != c.expected[i]) {
                    first = i;
                    ++count;
                }
            }
            if (count != 0) {
                differ += count;
                if (!wrong && wrong_cases < 12) {  // a few cases are enough to go on
                    ADD_FAILURE() << level << ": " << count << " of " << got.size() << " values differ, the first at "
                                  << first << ": " << hex(got[first]) << ", not " << hex(c.expected[first])
                                  << "; inputs" << c.inputs(first) << "\n"
                                  << entry.dump();
                }
                wrong = true;
            }
        }
        wrong_cases += wrong;
        ++ran[op][0];
        ran[op][1] += c.scalar_only;
    }
    std::printf("golden vectors of %s, levels", golden::root().c_str());
    for (const std::string& level : levels) {
        std::printf(" %s", level.c_str());
    }
    std::printf("\n");
    size_t all = 0;
    for (const auto& [op, counts] : ran) {
        std::printf("  %-28s %5zu cases", op.c_str(), counts[0]);
        if (counts[1] != 0) {
            std::printf(" (%zu of them, which kernels can't ask for, by the definition alone)", counts[1]);
        }
        std::printf("\n");
        all += counts[0];
    }
    for (const auto& [op, count] : elsewhere) {
        std::printf("  %-28s %5zu cases are of the vector unit: not run here\n", op.c_str(), count);
    }
    for (const auto& [op, count] : deduced) {
        if (count != 0) {
            std::printf("  %-28s %5zu CASES LACK THEIR SCALER FILES: run with %s\n", op.c_str(), count,
                        op == "gapool" ? "rows of 1/16, which their outputs solve to" : "rows of 1");
        }
    }
    std::printf("%zu cases, %zu values, %zu differ (in %zu cases)\n", all, values, differ, wrong_cases);
    EXPECT_EQ(differ, 0u);
    EXPECT_EQ(wrong_cases, 0u);
    EXPECT_GT(all, 0u);
}

}  // namespace
