// What the checks of order say.
#include <cstdio>

#include <check/ordering.h>

namespace tessera::check {
namespace {

std::string hex(uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

bool is_read(Channel channel) {
    return channel == Channel::Read0 || channel == Channel::Read1;
}
bool is_write(Channel channel) {
    return channel == Channel::Write0 || channel == Channel::Write1;
}

std::string buffer_name(uint32_t cb) {
    return "circular buffer c_" + std::to_string(cb);
}

/// The instruction of a site, which counts from the kernel's image. Kernels that are functions of a test have no image,
/// hence no arithmetic on its pointer.
uint8_t* instruction(const sim::Risc& risc, uint32_t site) {
    return reinterpret_cast<uint8_t*>(reinterpret_cast<uintptr_t>(risc.context.image) + site - 1);
}

/// What the processor does now, as the subject of a sentence.
std::string subject(const Deed& deed) {
    const std::string pages = deed.pages == 1 ? "page" : "pages";
    switch (deed.kind) {
        case Deed::Kind::Push:
            return pages + " pushed to " + buffer_name(deed.cb);
        case Deed::Kind::Pop:
            return pages + " popped from " + buffer_name(deed.cb);
        case Deed::Kind::Load:
            return "the kernel loads bytes";
        case Deed::Kind::Store:
            return "the kernel stores to bytes";
        case Deed::Kind::NocRead:
            return "a NoC read";
        case Deed::Kind::NocWrite:
            return deed.multicast ? "a multicast" : "a NoC write";
        case Deed::Kind::ComputeReads:
            return "compute waits for " + pages + " of " + buffer_name(deed.cb);
        case Deed::Kind::ComputeWrites:
            return "compute pushes " + pages + " to " + buffer_name(deed.cb);
    }
    return {};
}

/// What an access was, with its processor's own words.
std::string past(const Access& access, bool writes) {
    if (is_read(access.channel)) {
        return writes ? "the NoC read into these bytes" : "the NoC read from these bytes";
    }
    if (is_write(access.channel)) {
        return access.multicast ? "the multicast to these bytes" : "the NoC write to these bytes";
    }
    if (access.channel != Channel::Self) {
        return access.multicast ? "the multicast from these bytes" : "the NoC write from these bytes";
    }
    return writes ? "the write" : "the read";
}

const char* verb(const Deed& deed, bool writes) {
    switch (deed.kind) {
        case Deed::Kind::NocRead:
            return writes ? "writes to" : "reads";
        case Deed::Kind::NocWrite:
            return writes ? "writes to" : "sends";
        default:
            return writes ? "writes" : "reads";
    }
}

}  // namespace

/// "the L1 of core (0,0) of device 0 at 0x1a000 (circular buffer c_0)".
std::string Ordering::describe_place(const Place& place) const {
    if (place.destination >= (1U << 20)) {
        const uint32_t index = place.destination - (1U << 20);
        return "DRAM controller " + std::to_string(index % 64) + " of device " + std::to_string(index / 64) + " at " +
               hex(place.begin);
    }
    const CoreTrack& track = *cores_[place.destination];
    std::string text = "the L1 of " + sim::describe(*track.core) + " at " + hex(place.begin);
    for (const sim::Risc* risc : track.core->riscs) {
        if (risc == nullptr || risc->state == sim::State::Idle) {
            continue;
        }
        for (uint32_t cb = 0; cb < TSR_MAX_CBS; ++cb) {
            const tsr_cb& buffer = risc->context.cbs[cb];
            if (buffer.fifo_num_pages != 0 && place.begin >= buffer.fifo_limit - buffer.fifo_size &&
                place.begin < buffer.fifo_limit) {
                return text + " (" + buffer_name(cb) + ")";
            }
        }
        break;
    }
    return text;
}

/// One report for each pair of lines is enough.
bool Ordering::first_time(const Conflict& conflict) {
    const auto key = [&](const Access& access) {
        const sim::Risc* risc = by_number_[access.processor]->risc;
        const auto image = reinterpret_cast<uintptr_t>(risc == nullptr ? nullptr : risc->context.image);
        return static_cast<uint64_t>(image) + access.site;
    };
    const std::lock_guard lock(reported_mutex_);
    return reported_.insert({key(conflict.before), key(conflict.now)}).second;
}

void Ordering::report(Actor& me, const Place& place, const Conflict& conflict) {
    if (!first_time(conflict)) {
        return;
    }
    const Access& before = conflict.before;
    const Actor& other = *by_number_[before.processor];
    const bool mine = &other == &me;
    // Has this processor heard from the other since the transfer was issued? Then it was told too early.
    const CoreRows* rows = mine                         ? nullptr
                           : other.core == me.core      ? &me.knows.rows
                           : me.knows.others == nullptr ? nullptr
                                                        : me.knows.others->find(other.core->number);
    const bool told = mine || (rows != nullptr && rows->at(index_of(before.processor), Channel::Self) >= before.issued);
    Diagnostic finding;
    const std::string now = subject(me.deed);
    const std::string where = describe_place(place);
    const bool by_pages = me.deed.kind == Deed::Kind::Push || me.deed.kind == Deed::Kind::Pop;
    if (told && is_read(before.channel)) {
        finding.name = "missing-read-barrier";
        finding.help = "call noc_async_read_barrier() after the read and before the bytes are used";
        if (me.deed.kind == Deed::Kind::Push) {
            finding.message = now + " before its bytes arrived";
            finding.help = "call noc_async_read_barrier() before cb_push_back";
        } else if (conflict.before_writes) {
            finding.message = now +
                              (me.deed.kind == Deed::Kind::NocRead || me.deed.kind == Deed::Kind::NocWrite
                                   ? std::string(" ") + verb(me.deed, conflict.now_writes) + " bytes"
                                   : std::string(by_pages ? " with bytes" : "")) +
                              " that a NoC read has not delivered yet";
        } else {
            finding.message = now + " may change bytes that a NoC read is still fetching";
        }
    } else if (told && is_write(before.channel)) {
        finding.name = "missing-write-barrier";
        finding.message = mine ? now + " " + verb(me.deed, conflict.now_writes) +
                                     " bytes to which a NoC write may not have arrived yet"
                               : now + (by_pages ? "" : std::string(" ")) +
                                     (by_pages ? "" : verb(me.deed, conflict.now_writes)) +
                                     " bytes that were signalled before they can have arrived";
        finding.help =
            mine ? "call noc_async_write_barrier() in between"
                 : "call noc_async_write_barrier() before the signal, or send data and signal on the same NoC "
                   "to the same destination, both as unicast or both as multicast";
    } else if (told && before.channel != Channel::Self) {
        finding.name = "missing-write-flush";
        finding.message = me.deed.kind == Deed::Kind::Pop ? now + " while a NoC write may still be reading it"
                                                          : now + " may change bytes that a NoC write is still reading";
        finding.help = "call noc_async_writes_flushed() or noc_async_write_barrier() " +
                       std::string(me.deed.kind == Deed::Kind::Pop ? "before cb_pop_front" : "before the bytes change");
    } else {
        finding.name = "data-race";
        finding.message = now + (by_pages ? " " : std::string(" ")) +
                          (me.deed.kind == Deed::Kind::NocRead || me.deed.kind == Deed::Kind::NocWrite
                               ? std::string(verb(me.deed, conflict.now_writes)) + " bytes "
                               : std::string()) +
                          "that another processor " + (conflict.before_writes ? "writes" : "reads") +
                          ", and nothing orders the two";
        finding.help = "let one wait for the other: a semaphore, a circular buffer, or a barrier before the signal";
    }
    finding.notes = {"the bytes are in " + where};
    const bool by_itself = me.deed.kind == Deed::Kind::Load || me.deed.kind == Deed::Kind::Store;
    finding.trace = by_itself ? sim::kernel_trace(*me.risc, nullptr, instruction(*me.risc, conflict.now.site))
                              : sim::kernel_trace(*me.risc, __builtin_frame_address(0));
    RelatedPlace elsewhere;
    elsewhere.message = past(before, conflict.before_writes) + " was " +
                        (before.channel == Channel::Self ? "made" : "issued") +
                        (mine ? " here:" : " by " + sim::describe(*other.risc) + ":");
    elsewhere.trace = sim::kernel_trace(*other.risc, nullptr, instruction(*other.risc, before.site));
    finding.related.push_back(std::move(elsewhere));
    sim::report_finding(*me.risc, std::move(finding));
}

}  // namespace tessera::check
