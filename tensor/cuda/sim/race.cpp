#include <ramie/tensor/cuda/sim/race.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <ramie/tensor/cuda/sim/state.h>

// The linker's bounds of the program, or of the library that this is in.
extern "C" __attribute__((visibility("hidden"))) char __ehdr_start[], _end[];

namespace ramie::sim {
namespace {

// ---- what is remembered of each place in memory -----------------------------------------------------------

struct Access {  // of a thread; none where pc is 0
  std::uint32_t block = 0, barrier = 0;
  std::uint16_t thread = 0, warp_syncs = 0;
  std::uint32_t pc = 0;  // behind the start of the program
  bool atomic = false;
};
struct Shadow {
  std::uint32_t launch = 0;          // accesses of earlier launches are forgotten
  Access write, read, another_read;  // the last write, and reads by up to two threads since
};

// The shadow of a page: one for four bytes, or, once smaller accesses came, one for each byte.
struct Page {
  static constexpr std::size_t bytes = 4096;
  std::size_t grain = 4;
  std::vector<Shadow> shadows = std::vector<Shadow>(bytes / 4);

  void split() {
    std::vector<Shadow> finer;
    for (const Shadow& s : shadows) finer.insert(finer.end(), 4, s);
    shadows.swap(finer);
    grain = 1;
  }
  Shadow& at(std::uintptr_t address) { return shadows[address % bytes / grain]; }
};

class Pages {
 public:
  Page& of(std::uintptr_t address) {
    const std::uintptr_t number = address / Page::bytes;
    Recent& recent = recent_[number % 64];
    if (recent.number != number || !recent.page) {
      auto& page = all_[number];
      if (!page) page = std::make_unique<Page>();
      recent = {number, page.get()};
    }
    return *recent.page;
  }

 private:
  struct Recent {
    std::uintptr_t number = 0;
    Page* page = nullptr;
  };
  std::unordered_map<std::uintptr_t, std::unique_ptr<Page>> all_;
  Recent recent_[64];
};

// ---- whose memory -----------------------------------------------------------------------------------------

enum class Place { own, shared, device, other_device, others_local, host };

bool within(const void* p, const void* from, std::size_t bytes) {
  return p >= from && p < static_cast<const char*>(from) + bytes;
}
Place place_of(const void* p, bool write) {
  if (within(p, sm->running().bottom, sm->running().size)) return Place::own;
  if (sm->is_shared(p)) return Place::shared;
  if (const Allocation* a = find(p, 1))
    return a->device == sm->kernel().device ? Place::device
           : a->device == Allocation::host  ? Place::own
                                            : Place::other_device;
  const bool constant = within(p, __ehdr_start, static_cast<std::size_t>(_end - __ehdr_start));
  const bool ours = within(p, sm, sizeof *sm) || within(p, sm->kernel().call, sm->kernel().bytes);
  if (ours || (constant && !write)) return Place::own;
  return sm->is_stack(p) ? Place::others_local : Place::host;
}

// ---- the detector -----------------------------------------------------------------------------------------

class Detector {
 public:
  void note(const void* p, std::size_t bytes, AccessKind kind, const void* pc) {
    const bool write = kind == AccessKind::write || kind == AccessKind::atomic_write;
    const Place place = place_of(p, write);
    if (place == Place::own) return;
    const Access now = access(kind, pc);
    if (place != Place::shared && place != Place::device) return tell(forbidden(place, write), now);
    const auto first = reinterpret_cast<std::uintptr_t>(p);
    for (std::uintptr_t a = first; a < first + bytes;) {
      Page& page = pages_.of(a);
      if (page.grain == 4 && (a % 4 || first + bytes - a < 4)) page.split();
      check(page.at(a), now, write, place == Place::shared);
      a += page.grain;
    }
  }
  std::string finish() { return std::exchange(found_, ""); }

 private:
  static Access access(AccessKind kind, const void* pc) {
    const auto m = sm->now();
    return {static_cast<std::uint32_t>(m.block),
            static_cast<std::uint32_t>(m.barrier),
            static_cast<std::uint16_t>(m.thread),
            static_cast<std::uint16_t>(m.warp_syncs),
            static_cast<std::uint32_t>(static_cast<const char*>(pc) - __ehdr_start),
            kind == AccessKind::atomic_read || kind == AccessKind::atomic_write};
  }

  void check(Shadow& s, const Access& now, bool write, bool shared) {
    const auto launch = static_cast<std::uint32_t>(sm->now().launch);
    if (s.launch != launch) s = {launch, {}, {}, {}};
    const auto clash = [&](const Access& a) { return races(a, now, shared); };
    if (clash(s.write)) tell_race(s.write, "wrote", now, write ? "writes" : "reads");
    if (write && clash(s.read)) tell_race(s.read, "read", now, "writes");
    if (write && clash(s.another_read)) tell_race(s.another_read, "read", now, "writes");
    if (shared && !write && (!s.write.pc || s.write.block != now.block))
      tell("reads shared memory that no thread of its block has written (is a barrier missing?)", now);
    remember(s, now, write);
  }

  static bool races(const Access& a, const Access& now, bool shared) {
    if (!a.pc || (a.atomic && now.atomic)) return false;
    if (a.block != now.block) return !shared;  // shared memory is new in each block
    const bool same_warp = a.thread / 32 == now.thread / 32;
    return a.thread != now.thread && a.barrier == now.barrier &&
           !(same_warp && a.warp_syncs != now.warp_syncs);
  }

  static void remember(Shadow& s, const Access& now, bool write) {
    if (write) {
      s.write = now;
      s.read = s.another_read = {};
      return;
    }
    if (s.read.pc && s.read.thread != now.thread) s.another_read = s.read;
    s.read = now;
  }

  static std::string forbidden(Place place, bool write) {
    const std::string what = write ? "writes " : "reads ";
    return what + (place == Place::others_local   ? "a local variable of another thread"
                   : place == Place::other_device ? "memory of another device"
                                                  : "memory of the host");
  }
  void tell(const std::string& what, const Access& now) {  // the first of a grid is enough
    if (found_.empty()) found_ = describe(now) + " " + what + " at " + line(now);
  }
  void tell_race(const Access& before, const char* did, const Access& now, const char* does) {
    if (!found_.empty()) return;
    found_ = "race: " + describe(now) + " " + does + " at " + line(now) + " what thread " +
             std::to_string(before.thread) + (before.block == now.block ? "" : " of another block") + " " +
             did + " at " + line(before) + ", with no barrier between";
  }
  static std::string describe(const Access& a) {
    return "thread " + std::to_string(a.thread) + " of block (" + std::to_string(blockIdx.x) + "," +
           std::to_string(blockIdx.y) + "," + std::to_string(blockIdx.z) + ")";
  }
  static std::string line(const Access& a) { return source_line(__ehdr_start + a.pc); }

  Pages pages_;
  std::string found_;
};

Detector& detector() {
  static auto* d = new Detector;
  return *d;
}

// Where the hooks are linked, each grid ends with a look at what was found.
const bool installed = [] {
  end_of_grid = [] { return detector().finish(); };
  return true;
}();

}  // namespace

void note_access(const void* p, std::size_t bytes, AccessKind kind, const void* pc) {
  if (sm && !sm->exchanging()) detector().note(p, bytes, kind, pc);
}

}  // namespace ramie::sim
