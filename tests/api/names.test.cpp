// `using namespace runnel;` beside every header of POSIX and glibc: no name of
// ours may become ambiguous.
#include <aio.h>
#include <arpa/inet.h>
#include <assert.h>
#include <complex.h>
#include <cpio.h>
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <error.h>
#include <execinfo.h>
#include <fcntl.h>
#include <fenv.h>
#include <float.h>
#include <fmtmsg.h>
#include <fnmatch.h>
#include <ftw.h>
#include <getopt.h>
#include <glob.h>
#include <grp.h>
#include <iconv.h>
#include <inttypes.h>
#include <langinfo.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <locale.h>
#include <malloc.h>
#include <math.h>
#include <mntent.h>
#include <monetary.h>
#include <mqueue.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nl_types.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <pwd.h>
#include <regex.h>
#include <resolv.h>
#include <sched.h>
#include <search.h>
#include <semaphore.h>
#include <setjmp.h>
#include <shadow.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <syslog.h>
#include <termios.h>
#include <time.h>
#include <ulimit.h>
#include <unistd.h>
#include <utime.h>
#include <utmpx.h>
#include <wchar.h>
#include <wctype.h>
#include <wordexp.h>

#undef I // of complex.h; no library can live with it

#include <runnel/runnel.hpp>

#include <catch2/catch.hpp>

using namespace runnel;

TEST_CASE("every public name can be used beside the headers of the system",
          "[api]")
{
    // Only named, never run.
    auto const types = [] {
        CalledProcessError* a = nullptr;
        Capture* b = nullptr;
        ChildView* c = nullptr;
        Command* d = nullptr;
        Communicated* e = nullptr;
        CompletedProcess* f = nullptr;
        Connected<Ends{}>* g = nullptr;
        Environment* h = nullptr;
        ExitStatus* i = nullptr;
        Expression* j = nullptr;
        Id* k = nullptr;
        Line* l = nullptr;
        LineOptions* m = nullptr;
        LineRange* n = nullptr;
        Lines* o = nullptr;
        Observer* p = nullptr;
        OnDestroy* q = nullptr;
        Output* r = nullptr;
        Pathname* s = nullptr;
        Pipeline* t = nullptr;
        Plan* u = nullptr;
        PlannedPipe* v = nullptr;
        PlannedStage* w = nullptr;
        Popen* x = nullptr;
        PopenOptions* y = nullptr;
        PreexecFn* z = nullptr;
        ReadStream* aa = nullptr;
        Redirection* bb = nullptr;
        ResourceUsage* cc = nullptr;
        RunOptions* dd = nullptr;
        SpawnError* ee = nullptr;
        SpawnStep* ff = nullptr;
        StageResult* gg = nullptr;
        Stdio* hh = nullptr;
        Stream* ii = nullptr;
        SubprocessError* jj = nullptr;
        Target* kk = nullptr;
        Text* ll = nullptr;
        Timeout* mm = nullptr;
        TimeoutExpired* nn = nullptr;
        ToString* oo = nullptr;
        Word* pp = nullptr;
        WriteStream* qq = nullptr;
        ((void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g);
        ((void)h, (void)i, (void)j, (void)k, (void)l, (void)m, (void)n);
        ((void)o, (void)p, (void)q, (void)r, (void)s, (void)t, (void)u);
        ((void)v, (void)w, (void)x, (void)y, (void)z, (void)aa, (void)bb);
        ((void)cc, (void)dd, (void)ee, (void)ff, (void)gg, (void)hh);
        ((void)ii, (void)jj, (void)kk, (void)ll, (void)mm, (void)nn);
        ((void)oo, (void)pp, (void)qq);
    };
    types();

    std::string target;
    auto const e = (cmd("true") < text("x")) | sh("true") | cmd("true");
    auto const f = e > append("/dev/null");
    auto const g = cmd("true") > devnull;
    auto const h = cmd("true") | to(target);
    auto const i = cmd("true") | capture;
    auto const j = pipe_to(cmd("true"), cmd("true"));
    auto const k = write_to(cmd("true"), capture);
    auto const l = read_from(cmd("true"), devnull);
    auto const m = cmd("true") | lines;
    auto const plan = make_plan(f);
    CHECK(plan.stages.size() == 3);
    CHECK(run(i));
    check(cmd("true"));
    CHECK(read(cmd("echo", "x")) == "x");
    CHECK(to_string(cmd("a")) == "a");
    CHECK(to_string(ExitStatus::of_code(0)) == "exit code 0");
    CHECK(to_string(SpawnStep::exec) == "exec");
    CHECK(signal_name(SIGTERM) == "SIGTERM");
    CHECK(exit_category().name() == std::string("exit status"));
    CHECK(set_default_observer(nullptr) == nullptr);
}
