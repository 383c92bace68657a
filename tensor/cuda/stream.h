// Streams: queues of work on a GPU. Each device has a default one, which all threads share, so that work
// follows the order of the program; a thread may choose others to let copies and kernels overlap.
//
//   Stream copies(cuda(0));
//   { StreamScope on(copies);  next = pinned(batch).to(cuda(0)); }   // beside what the default stream does
//   Tensor y = model(next);      // a tensor that another stream made is waited for, on the device, by itself
//
// A tensor may be used on any stream: the reading stream waits for the one that made it, and its memory is
// not used again before both are done.
#pragma once

#include <ramie/tensor/cuda/device.h>
#include <ramie/tensor/device.h>

struct CUevent_st;

namespace ramie {

class Event;

class Stream {
 public:
  explicit Stream(Device device);
  ~Stream();  // does not wait
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Device device() const { return device_; }
  CUstream_st* handle() const { return handle_; }
  void synchronize() const;       // the host waits
  bool done() const;              // asks without waiting
  void wait(const Event& event);  // later work of this stream waits, on the device

 private:
  Device device_;
  CUstream_st* handle_;
};

// A mark in a stream: recorded, waited for, or the two ends of a measured time.
class Event {
 public:
  explicit Event(Device device);  // recorded at once, in the current stream
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record();                                        // anew, in the current stream
  void synchronize() const;                             // the host waits until the stream has come to it
  bool done() const;                                    // asks without waiting
  double milliseconds_since(const Event& start) const;  // both have been recorded; waits for this one
  CUevent_st* handle() const { return handle_; }

 private:
  Device device_;
  CUevent_st* handle_ = nullptr;
};

namespace gpu {

inline constinit thread_local CUstream_st* chosen_stream[most_devices] = {};
CUstream_st* default_stream(int device);  // of all threads; made at its first use
inline CUstream_st* current_stream(int device) {
  CUstream_st* s = chosen_stream[device];
  return s ? s : default_stream(device);
}
// `waiting` goes on when `other` has come to where it is now.
void wait_for(int device, CUstream_st* waiting, CUstream_st* other);

}  // namespace gpu

// This thread's work on the stream's device goes to it.
class StreamScope {
 public:
  explicit StreamScope(const Stream& s) : slot_(gpu::chosen_stream[s.device().index]), before_(slot_) {
    slot_ = s.handle();
  }
  ~StreamScope() { slot_ = before_; }
  StreamScope(const StreamScope&) = delete;
  StreamScope& operator=(const StreamScope&) = delete;

 private:
  CUstream_st*& slot_;
  CUstream_st* before_;
};

}  // namespace ramie
