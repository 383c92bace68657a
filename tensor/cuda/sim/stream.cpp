#include <algorithm>
#include <utility>

#include <ramie/tensor/cuda/sim/settings.h>
#include <ramie/tensor/cuda/sim/state.h>

using namespace ramie::sim;

// ---- streams ----------------------------------------------------------------------------------------------

bool CUstream_st::step() {
  if (pending.empty()) return false;
  const Work work = std::move(pending.front());
  pending.pop_front();
  work();
  return true;
}
void CUstream_st::drain() {
  while (step()) {
  }
}

namespace ramie::sim {
namespace {

// The null stream waits for the device's blocking streams, and they for it.
void wait_for_legacy_order(CUstream_st& stream) {
  auto& null_stream = *devices().null_streams[static_cast<std::size_t>(stream.device)];
  if (!stream.blocking) return;
  if (&stream != &null_stream) return null_stream.drain();
  for (auto& s : devices().streams)
    if (s->blocking && s->device == stream.device) s->drain();
}

// Waiting for a stream that captures ends the capture.
cudaError_t forbid_capture(CUstream_st& stream) {
  if (!stream.capture) return cudaSuccess;
  stream.invalidated = true;
  return failed(cudaErrorStreamCaptureUnsupported);
}

}  // namespace

CUstream_st& stream_of(cudaStream_t stream) {
  return stream ? *stream : *devices().null_streams[static_cast<std::size_t>(current_device())];
}

cudaError_t submit(CUstream_st& stream, Work work) {
  if (stream.capture) {
    stream.capture->nodes.push_back(std::move(work));
    return cudaSuccess;
  }
  wait_for_legacy_order(stream);
  stream.pending.push_back(std::move(work));
  if (!settings().lazy_streams) stream.drain();
  return fault_or_success();
}

void drain(int device) {
  devices().null_streams[static_cast<std::size_t>(device)]->drain();
  for (auto& s : devices().streams)
    if (s->device == device) s->drain();
}

bool capture_forbids() {
  return std::any_of(devices().streams.begin(), devices().streams.end(), [](auto& s) {
    return s->capture_owner &&
           (s->mode == cudaStreamCaptureModeGlobal || (s->mode == cudaStreamCaptureModeThreadLocal &&
                                                       s->capturing_thread == std::this_thread::get_id()));
  });
}

}  // namespace ramie::sim

cudaError_t cudaDeviceSynchronize() {
  const Lock locked = lock();
  if (settings().devices == 0) return failed(cudaErrorNoDevice);
  if (capture_forbids()) return failed(cudaErrorStreamCaptureUnsupported);
  drain(current_device());
  return fault_or_success();
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  const Lock locked = lock();
  if (settings().devices == 0) return failed(cudaErrorNoDevice);
  devices().streams.push_back(std::make_unique<CUstream_st>());
  *stream = devices().streams.back().get();
  (*stream)->device = current_device();
  (*stream)->blocking = !(flags & cudaStreamNonBlocking);
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int) {
  return cudaStreamCreateWithFlags(stream, flags);
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const Lock locked = lock();
  stream->drain();  // a real one finishes its work later
  const auto erased = std::erase_if(devices().streams, [stream](auto& s) { return s.get() == stream; });
  return erased ? cudaSuccess : failed(cudaErrorInvalidResourceHandle);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const Lock locked = lock();
  CUstream_st& s = stream_of(stream);
  if (const cudaError_t error = forbid_capture(s)) return error;
  wait_for_legacy_order(s);
  s.drain();
  return fault_or_success();
}
// Asking brings a lazy stream on by one step, so that a loop that asks ends.
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  const Lock locked = lock();
  CUstream_st& s = stream_of(stream);
  if (const cudaError_t error = forbid_capture(s)) return error;
  if (s.step()) return cudaErrorNotReady;
  return fault_or_success();
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, void (*f)(void*), void* data) {
  const Lock locked = lock();
  return submit(stream_of(stream), [=] { f(data); });
}

// ---- events -----------------------------------------------------------------------------------------------

cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  if (settings().devices == 0) return failed(cudaErrorNoDevice);
  *event = new CUevent_st{.device = current_device(), .timed = !(flags & cudaEventDisableTiming)};
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  if (!event) return failed(cudaErrorInvalidResourceHandle);
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const Lock locked = lock();
  CUstream_st& s = stream_of(stream);
  if (s.device != event->device) return failed(cudaErrorInvalidResourceHandle);
  event->captured = s.capture;
  if (s.capture) return cudaSuccess;
  auto mark = event->mark = std::make_shared<Mark>(Mark{&s});
  return submit(s, [mark] {
    mark->time = std::chrono::steady_clock::now();
    mark->done = true;
  });
}

// A stream that waits for an event of a capture joins the capture; nodes are run in the order of the calls.
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const Lock locked = lock();
  CUstream_st& s = stream_of(stream);
  if (event->captured) {
    s.capture = event->captured;
    return cudaSuccess;
  }
  if (!event->mark) return cudaSuccess;
  return submit(s, [mark = event->mark] {
    while (!mark->done && mark->stream->step()) {
    }
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const Lock locked = lock();
  if (event->captured) return failed(cudaErrorStreamCaptureUnsupported);
  if (!event->mark || event->mark->done) return fault_or_success();
  event->mark->stream->step();
  return cudaErrorNotReady;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const Lock locked = lock();
  if (event->captured) return failed(cudaErrorStreamCaptureUnsupported);
  if (event->mark)
    while (!event->mark->done && event->mark->stream->step()) {
    }
  return fault_or_success();
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  const Lock locked = lock();
  if (!start->timed || !end->timed || !start->mark || !end->mark)
    return failed(cudaErrorInvalidResourceHandle);
  if (!start->mark->done || !end->mark->done) return cudaErrorNotReady;
  *milliseconds = std::chrono::duration<float, std::milli>(end->mark->time - start->mark->time).count();
  return cudaSuccess;
}

// ---- graphs -----------------------------------------------------------------------------------------------

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const Lock locked = lock();
  if (!stream || stream->capture)
    return failed(stream ? cudaErrorIllegalState : cudaErrorStreamCaptureUnsupported);
  stream->capture = new CUgraph_st;
  stream->capture_owner = true;
  stream->invalidated = false;
  stream->capturing_thread = std::this_thread::get_id();
  stream->mode = mode;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const Lock locked = lock();
  if (!stream->capture_owner) return failed(cudaErrorIllegalState);
  CUgraph_st* captured = stream->capture;
  bool invalidated = false;
  for (auto& s : devices().streams) {
    if (s->capture != captured) continue;
    s->capture = nullptr;
    invalidated |= std::exchange(s->invalidated, false);
  }
  stream->capture_owner = false;
  if (!invalidated) return *graph = captured, cudaSuccess;
  delete captured;
  *graph = nullptr;
  return failed(cudaErrorStreamCaptureInvalidated);
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  const Lock locked = lock();
  const CUstream_st& s = stream_of(stream);
  *status = !s.capture      ? cudaStreamCaptureStatusNone
            : s.invalidated ? cudaStreamCaptureStatusInvalidated
                            : cudaStreamCaptureStatusActive;
  return cudaSuccess;
}
cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode* mode) {
  thread_local cudaStreamCaptureMode current = cudaStreamCaptureModeGlobal;
  std::swap(current, *mode);
  return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  *exec = new CUgraphExec_st{graph->nodes};
  return cudaSuccess;
}
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  const Lock locked = lock();
  for (const auto& node : exec->nodes)
    if (const cudaError_t error = submit(stream_of(stream), node)) return error;
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) { return delete exec, cudaSuccess; }
