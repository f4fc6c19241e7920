// Changes as a person writes them.
#include <gtest/gtest.h>

#include <base/error.h>
#include <timing/what_if.h>

namespace tessera::timing {
namespace {

TEST(WhatIf, IsReadAndWritten) {
    for (const char* text :
         {"board=p150", "aiclk=900", "dram_bw=2x", "noc_bw=0.5x", "noc=ideal", "noc=swapped", "grid=transposed",
          "engines=2x", "riscv=4x", "fidelity=LoFi", "fidelity=HiFi4", "cb_pages=2x", "c_3=4x", "barriers=8",
          "flush=yes", "with_state=yes", "board=p100,aiclk=800,noc=ideal,c_16=2x"}) {
        WhatIf what_if;
        add_what_if(what_if, text);
        EXPECT_EQ(to_string(what_if), text);
    }
    EXPECT_EQ(to_string({}), "");
}

TEST(WhatIf, EveryKeyInTheHelpCanBeUsed) {
    for (const WhatIfKey& key : what_if_keys()) {
        WhatIf what_if;
        add_what_if(what_if, std::string(key.name) + "=" + key.values);
        EXPECT_NE(to_string(what_if), "") << key.name;
    }
}

TEST(WhatIf, NonsenseIsRefusedWithAList) {
    for (const char* text :
         {"dram", "dram_bw=", "dram_bw=-1", "dram_bw=nan", "dram_bw=fast", "noc=red", "fidelity=HiFi5", "c_64=2x",
          "c_x=2", "c_=2", "=2", "flush=maybe", "dram_bw=2x,,noc=ideal", "grid=8x8"}) {
        WhatIf what_if;
        try {
            add_what_if(what_if, text);
            FAIL() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.diagnostic().name, "unknown-what-if") << text;
            EXPECT_NE(std::string(error.what()).find("dram_bw="), std::string::npos);
        }
    }
    WhatIf what_if;
    EXPECT_THROW(add_what_if(what_if, "board=n151"), Error);
}

}  // namespace
}  // namespace tessera::timing
