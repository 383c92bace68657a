// Makes the list of calls for a chain. Conversions become calls of their own, as the single launches convert;
// registers are used again when their value is dead.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include <ramie/tensor/cpu/feed.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/fused_plan.h>

namespace ramie::kernels {

class FusedPlanner {
 public:
  FusedPlanner(const Chain& chain, FusedPlan& plan) : chain_(chain), plan_(plan) {}
  void make() {
    for (std::size_t k = 0; k < chain_.instructions.size(); ++k)
      std::visit([&](auto& kernel) { add(k, kernel); }, chain_.instructions[k].kernel);
    place_registers();
    choose_tile();
    write_down();
    find_donors();
  }

 private:
  // In the order in which the plan numbers them. A single is a register of one value.
  enum Kind { number, input, feed, result, wide, single, kinds };
  struct Slot {
    Kind kind;
    std::size_t index;  // in its kind
    std::size_t bytes;  // of an element
    int last;           // the last call that reads it
  };
  struct Call {
    Loop loop;
    Convert convert;
    std::size_t to;
    std::vector<std::size_t> from;
  };

  // ---- calls and their slots
  // -------------------------------------------------------------------------------

  void add(std::size_t k, const Elementwise& kernel) {
    const Chain::Instruction& i = chain_.instructions[k];
    std::array<Layout, most_operands> layouts;
    std::array<View, most_operands> views;
    const auto tensors = static_cast<std::size_t>(i.tensors());
    for (std::size_t t = 0; t < tensors; ++t)
      views[t] = {nullptr, &(layouts[t] = Layout(chain_.dtype(i.operands[t]), {}))};
    const Operands o = kernel.operands(std::span(views).first(tensors));
    std::vector<std::size_t> from;
    for (std::size_t j = 0, t = 0; j < static_cast<std::size_t>(kernel.op->operands); ++j)
      from.push_back(o.tensor[j] ? form(i.operands[t++], o.in) : constant(o.number[j]));
    const DType computed = kernel.op->predicate ? bool_ : o.in;
    const bool once = std::all_of(from.begin(), from.end(), [&](std::size_t s) { return is_once(s); });
    const Loop loop = entry(kernel.op->loops(), o.in);
    if (i.dtype == computed) return call(loop, nullptr, destination(k, once), from);
    const std::size_t exact = add_register(computed, once);
    call(loop, nullptr, exact, from);
    call(nullptr, converter(i.dtype, computed), destination(k, once), {exact});
  }
  // A conversion that is no result is the form in which later calls read the value.
  void add(std::size_t k, const Cast& kernel) {
    const std::size_t value = chain_.instructions[k].operands[0];
    const DType from = chain_.dtype(value);
    if (result_of(k) < 0)
      forms_[{chain_.inputs.size() + k, kernel.to}] = form(value, kernel.to);
    else
      call(nullptr, converter(kernel.to, from), destination(k, false), {form(value, from)});
  }

  std::size_t form(std::size_t value, DType dtype) {
    if (const auto it = forms_.find({value, dtype}); it != forms_.end()) return it->second;
    const DType own = chain_.dtype(value);
    std::size_t s;
    if (own == dtype) {
      s = add_input(value);
    } else {
      const std::size_t from = form(value, own);
      s = add_register(dtype, is_once(from));
      call(nullptr, converter(dtype, own), s, {from});
    }
    return forms_[{value, dtype}] = s;
  }
  // Where an instruction's value goes.
  std::size_t destination(std::size_t k, bool once) {
    const DType dtype = chain_.instructions[k].dtype;
    const int r = result_of(k);
    const std::size_t s =
        r < 0 ? add_register(dtype, once) : add_slot(result, static_cast<std::size_t>(r), dtype);
    return forms_[{chain_.inputs.size() + k, dtype}] = s;
  }
  int result_of(std::size_t k) const {
    const auto it = std::find(chain_.results.begin(), chain_.results.end(), k);
    return it == chain_.results.end() ? -1 : static_cast<int>(it - chain_.results.begin());
  }

  std::size_t add_slot(Kind kind, std::size_t index, DType dtype) {
    slots_.push_back({kind, index, size_of(dtype), -1});
    return slots_.size() - 1;
  }
  std::size_t add_register(DType dtype, bool once) { return add_slot(once ? single : wide, 0, dtype); }
  std::size_t constant(const Operands::Number& n) {
    plan_.numbers_.push_back(n);
    return add_slot(number, plan_.numbers_.size() - 1, int64);
  }
  std::size_t add_input(std::size_t i) {
    const Layout& l = chain_.inputs[i];
    const Kind kind = l.dense || is_one_value(l) ? input : feed;
    auto& ports = kind == input ? plan_.inputs_ : plan_.feeds_;
    const std::size_t bytes = is_one_value(l) ? 0 : size_of(l.dtype);
    ports.push_back({0, static_cast<std::uint16_t>(i), static_cast<std::int64_t>(bytes)});
    return add_slot(kind, ports.size() - 1, l.dtype);
  }
  static bool is_one_value(const Layout& l) {
    const Axes axes(l);
    return axes.rank == 1 && axes.stride[0] == 0;
  }
  // Its slot holds one value.
  bool is_once(std::size_t s) const {
    const Slot& slot = slots_[s];
    return slot.kind == number || slot.kind == single ||
           (slot.kind == input && plan_.inputs_[slot.index].bytes == 0);
  }
  void call(Loop loop, Convert convert, std::size_t to, const std::vector<std::size_t>& from) {
    for (std::size_t s : from) slots_[s].last = static_cast<int>(calls_.size());
    calls_.push_back({loop, convert, to, from});
  }

  // ---- registers
  // -------------------------------------------------------------------------------------------

  void place_registers() {
    for (int at = 0; at < static_cast<int>(calls_.size()); ++at) {
      const Call& c = calls_[static_cast<std::size_t>(at)];
      release(c, at, true);
      if (Slot& to = slots_[c.to]; to.kind >= wide) to.index = take(to.kind);
      release(c, at, false);
      if (const Slot& to = slots_[c.to]; to.last < 0 && to.kind >= wide) free_[to.kind].push_back(to.index);
    }
  }
  std::size_t take(Kind kind) {
    if (free_[kind].empty()) return registers_[kind]++;
    const std::size_t index = free_[kind].back();
    free_[kind].pop_back();
    return index;
  }
  // Frees those of the call's operands that die with it: before it has its own register, if it can be theirs.
  void release(const Call& c, int at, bool before) {
    for (std::size_t s : c.from) {
      Slot& slot = slots_[s];
      if (slot.kind < wide || slot.last != at || works_in_place(c, slot) != before) continue;
      free_[slot.kind].push_back(slot.index);
      slot.last = kept;  // once, for an operand that is there twice
    }
  }
  // A loop reads an element before it writes it. Conversions may count on the two being apart.
  bool works_in_place(const Call& c, const Slot& from) const {
    return c.loop && from.kind == slots_[c.to].kind && from.bytes == slots_[c.to].bytes;
  }

  void choose_tile() {
    std::size_t width = 1;
    for (const Slot& s : slots_)
      if (s.kind == wide) width = std::max(width, s.bytes);
    if (registers_[wide] * (width * FusedPlan::shortest_tile + FusedPlan::apart) >
            FusedPlan::register_bytes ||
        slots_.size() > FusedPlan::max_slots)
      fail(Fused::name, fmt::format("{} values are needed at a time: cut the chain.", registers_[wide]));
    const auto even = [](std::int64_t n) { return n / FusedPlan::shortest_tile * FusedPlan::shortest_tile; };
    const std::size_t tiles =
        registers_[wide] + plan_.inputs_.size() + plan_.feeds_.size() + chain_.results.size();
    const auto room = static_cast<std::int64_t>(FusedPlan::cache_bytes / (tiles * width));
    const std::int64_t most = plan_.feeds_.empty() ? FusedPlan::longest_tile : Feed::longest_tile;
    plan_.tile_ = std::min({even(room), even(chain_.size() + FusedPlan::shortest_tile - 1), most});
    plan_.tile_ = std::max(plan_.tile_, FusedPlan::shortest_tile);
    plan_.spacing_ = static_cast<std::size_t>(plan_.tile_) * width + FusedPlan::apart;
    const auto whole = std::count_if(calls_.begin(), calls_.end(), [&](auto& c) { return !is_once(c.to); });
    plan_.grain_ = std::max(default_grain / std::max<std::int64_t>(whole, 1), std::int64_t{2048});
  }

  // ---- the plan
  // --------------------------------------------------------------------------------------------

  void write_down() {
    for (std::size_t i = 0; i < chain_.results.size(); ++i)
      plan_.results_.push_back(
          {0, static_cast<std::uint16_t>(i), static_cast<std::int64_t>(size_of(chain_.outputs[i].dtype))});
    const std::size_t counts[kinds] = {plan_.numbers_.size(), plan_.inputs_.size(), plan_.feeds_.size(),
                                       plan_.results_.size(), registers_[wide],     registers_[single]};
    std::size_t first[kinds] = {};
    std::exclusive_scan(counts, counts + kinds, first, std::size_t{0});
    const auto place = [&](std::size_t s) {
      return static_cast<std::uint16_t>(first[slots_[s].kind] + slots_[s].index);
    };
    number_ports(plan_.inputs_, first[input]);
    number_ports(plan_.feeds_, first[feed]);
    number_ports(plan_.results_, first[result]);
    plan_.registers_ = registers_[wide], plan_.singles_ = registers_[single];
    for (const Call& c : calls_) {
      plan_.calls_.push_back({c.loop, c.convert, place(c.to), {}, is_once(c.to)});
      std::transform(c.from.begin(), c.from.end(), plan_.calls_.back().from, place);
    }
  }
  static void number_ports(std::vector<FusedPlan::Port>& ports, std::size_t first) {
    for (auto& p : ports) p.slot = static_cast<std::uint16_t>(first++);
  }

  // A result may lie over an input that nobody reads after the result is written: no call, and no
  // instruction, since on another device they may read what is converted here once.
  void find_donors() {
    plan_.donors_.resize(chain_.results.size());
    for (std::size_t at = 0; at < calls_.size(); ++at)
      if (const Slot& to = slots_[calls_[at].to]; to.kind == result)
        for (std::size_t i = 0; i < chain_.inputs.size(); ++i)
          if (const Layout& x = chain_.inputs[i];
              x.dense && x.same(chain_.outputs[to.index]) &&
              !is_read_after(i, static_cast<int>(at), chain_.results[to.index]))
            plan_.donors_[to.index] |= 1u << i;
  }
  bool is_read_after(std::size_t i, int call, std::size_t instruction) const {
    const auto it = forms_.find({i, chain_.inputs[i].dtype});
    const auto later = std::span(chain_.instructions).subspan(instruction + 1);
    return (it != forms_.end() && slots_[it->second].last > call) ||
           std::any_of(later.begin(), later.end(), [&](auto& k) { return k.reads(i); });
  }

  static constexpr int kept = 1 << 30;
  const Chain& chain_;
  FusedPlan& plan_;
  std::vector<Slot> slots_;
  std::vector<Call> calls_;
  std::map<std::pair<std::size_t, DType>, std::size_t> forms_;  // the slot of a value in a dtype
  std::vector<std::size_t> free_[kinds];
  std::size_t registers_[kinds] = {};
};

FusedPlan::FusedPlan(const Chain& chain) { FusedPlanner(chain, *this).make(); }

}  // namespace ramie::kernels
