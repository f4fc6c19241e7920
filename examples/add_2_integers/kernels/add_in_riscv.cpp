// No include at all: a data-movement kernel has the data-movement API without asking.
void kernel_main() {
    const uint32_t in0_address = get_arg_val<uint32_t>(0);
    const uint32_t in1_address = get_arg_val<uint32_t>(1);
    const uint32_t out_address = get_arg_val<uint32_t>(2);
    const uint32_t scratch = get_arg_val<uint32_t>(3);

    const InterleavedAddrGen<true> in0 = {.bank_base_address = in0_address, .page_size = sizeof(uint32_t)};
    const InterleavedAddrGen<true> in1 = {.bank_base_address = in1_address, .page_size = sizeof(uint32_t)};
    const InterleavedAddrGen<true> out = {.bank_base_address = out_address, .page_size = sizeof(uint32_t)};

    noc_async_read(get_noc_addr(0, in0), scratch, sizeof(uint32_t));
    noc_async_read(get_noc_addr(0, in1), scratch + 64, sizeof(uint32_t));
    noc_async_read_barrier();

    // An L1 address is an integer; a cast makes it a pointer into this core's L1.
    const auto* a = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(scratch);
    const auto* b = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(scratch + 64);
    auto* sum = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(scratch + 128);
    *sum = *a + *b;

    noc_async_write(scratch + 128, get_noc_addr(0, out), sizeof(uint32_t));
    noc_async_write_barrier();
}
