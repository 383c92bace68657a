"""The tutorial's training step in PyTorch: eager, compiled, and on a GPU as one CUDA graph; with images in NCHW and in
channels_last. Timed as benchmarks/train_step.cpp times ours; prints one JSON line each.

    python benchmarks/peers/train_step_torch.py --device cuda --batch 128 --steps 100     (needs torch)
"""

import torch
from timing import flags, report_failure, time_steps
from torch import nn


def model():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(3136, 256), nn.ReLU(), nn.Linear(256, 10))


class Training:
    def __init__(self, args, channels_last):
        torch.manual_seed(0)
        order = torch.channels_last if channels_last else torch.contiguous_format
        self.image = torch.rand(args.batch, 1, 28, 28, device=args.device).to(memory_format=order)
        self.label = torch.randint(10, (args.batch,), device=args.device)
        self.net = model().to(args.device, memory_format=order)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=0.005, betas=(0.9, 0.999), weight_decay=1e-4,
                                           fused=True, capturable=args.device == "cuda")
        self.loss_of = self.loss

    def loss(self):
        return nn.functional.cross_entropy(self.net(self.image), self.label)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss_of()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def compile(self, mode):
        self.loss_of = torch.compile(self.loss, mode=mode)
        return self.step

    def capture(self):
        """The whole step as one CUDA graph, after a few on a stream of their own, as PyTorch's documentation says."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            loss = self.step()

        def replay():
            graph.replay()
            return loss

        return replay


def variants(args):
    yield "eager", lambda t: t.step
    yield "compile", lambda t: t.compile("reduce-overhead" if args.device == "cuda" else None)
    if args.device == "cuda":
        yield "CUDA graph", lambda t: t.capture()


def main():
    args = flags(["strict", "tf32"])
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = args.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    wait = (lambda loss: torch.cuda.synchronize()) if args.device == "cuda" else (lambda loss: None)
    for name, make in variants(args):
        for channels_last in (False, True):
            peer = f"torch {torch.__version__} {name}" + (" channels_last" if channels_last else "")
            try:
                time_steps(peer, args, make(Training(args, channels_last)), wait, torch.get_num_threads())
            except Exception as error:  # no compiler that it likes, or no such device
                report_failure(peer, args, error)


main()
