// Names of number formats.
#include <tensix/format.h>

namespace tessera::tensix {

const char* name(DataFormat format) {
    switch (format) {
        case DataFormat::Float32:
            return "Float32";
        case DataFormat::Float16:
            return "Float16";
        case DataFormat::Bfp8:
            return "Bfp8";
        case DataFormat::Bfp4:
            return "Bfp4";
        case DataFormat::Tf32:
            return "Tf32";
        case DataFormat::Float16_b:
            return "Float16_b";
        case DataFormat::Bfp8_b:
            return "Bfp8_b";
        case DataFormat::Bfp4_b:
            return "Bfp4_b";
        case DataFormat::Int32:
            return "Int32";
        case DataFormat::UInt16:
            return "UInt16";
        case DataFormat::Lf8:
            return "Lf8";
        case DataFormat::Bfp2:
            return "Bfp2";
        case DataFormat::Int8:
            return "Int8";
        case DataFormat::Bfp2_b:
            return "Bfp2_b";
        case DataFormat::UInt32:
            return "UInt32";
        case DataFormat::Fp8_e4m3:
            return "Fp8_e4m3";
        case DataFormat::UInt8:
            return "UInt8";
        case DataFormat::Invalid:
            return "Invalid";
    }
    return "unknown";
}

}  // namespace tessera::tensix
