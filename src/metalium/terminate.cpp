// An exception that the program does not catch is shown as what it says, and not as a dump of the runtime's.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <base/reporter.h>
#include <numerics/numerics.h>
#include <recorder/recorder.h>

namespace tessera::metalium {
namespace {

/// Exit code under `tessera run`, which tells it from a failed check of the program.
constexpr int UNCAUGHT = 70;

[[noreturn]] void show_and_end() {
    std::fflush(nullptr);
    if (std::exception_ptr current = std::current_exception()) {
        try {
            std::rethrow_exception(current);
        } catch (const Error& error) {
            Reporter::instance().record(error.diagnostic());
            std::fprintf(stderr, "%s\n", error.diagnostic().render(colour_on_stderr()).c_str());
        } catch (const std::exception& error) {
            std::fprintf(stderr,
                         "error[uncaught-exception]: the program threw an exception that it does not catch\n  %s\n",
                         error.what());
        } catch (...) {
            std::fputs("error[uncaught-exception]: the program threw something that is not a std::exception\n", stderr);
        }
    } else {
        std::fputs("error[terminate]: the program called std::terminate()\n", stderr);
    }
    numerics::write_report();
    recorder::write_file();
    if (std::getenv("TESSERA_RUN")) {
        _exit(UNCAUGHT);
    }
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

[[maybe_unused]] const std::terminate_handler g_previous = std::set_terminate(show_and_end);

}  // namespace
}  // namespace tessera::metalium
