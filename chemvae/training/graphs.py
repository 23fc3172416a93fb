"""Training on a GPU without waiting for Python: forward and backward passes as CUDA graphs.

A step of a GRU over 45 tokens is a thousand kernels of a few microseconds, and launching them one
by one takes several times as long as running them. A graph of each shape of batch is captured when
the shape first comes, and replayed from then on; there is one for each length of molecule, since
all batches of a length are filled up to the same number of rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Objective = Callable[..., tuple[Tensor, ...]]
"""From tensors to the loss, a scalar, and whatever else is to be logged."""


@dataclass(frozen=True, slots=True)
class _Captured:
    graph: torch.cuda.CUDAGraph
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


class GraphedBackward:
    """Adds the gradients of losses to the parameters'.

    The graphs write where the gradients were when they were captured, so these tensors are kept,
    and given back to the parameters by `zero_grad` should anybody have set them to None.

    Args:
        network: Whose parameters, on a GPU.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self._captured: dict[object, _Captured] = {}
        self._kept: dict[str, Tensor] = {}
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, objective: Objective, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What `objective` gives of `inputs`, detached; the next call overwrites it.

        Call `zero_grad` once before.

        Args:
            objective: The same object means the same computation: everything that changes between
                two calls is in the inputs.
            inputs: On the GPU.
        """
        key = (objective, *(each.shape for each in inputs))
        if key not in self._captured:
            self._captured[key] = self._capture(objective, inputs)
        captured = self._captured[key]
        for place, value in zip(captured.inputs, inputs, strict=True):
            place.copy_(value)
        captured.graph.replay()
        return captured.outputs

    def zero_grad(self) -> None:
        """Set the gradients to zero, where the graphs will add to them."""
        torch._foreach_zero_(self._gradients())

    def _gradients(self) -> list[Tensor]:
        for name, parameter in self.network.named_parameters():
            if name not in self._kept:
                self._kept[name] = torch.zeros_like(parameter)
            parameter.grad = self._kept[name]
        return list(self._kept.values())

    def _capture(self, objective: Objective, inputs: Sequence[Tensor]) -> _Captured:
        places = tuple(each.clone() for each in inputs)
        self._warm_up(objective, places)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool), _uncached_autocast():
            outputs = objective(*places)
            outputs[0].backward()  # type: ignore[no-untyped-call]
        return _Captured(graph, places, tuple(each.detach() for each in outputs))

    def _warm_up(self, objective: Objective, places: tuple[Tensor, ...]) -> None:
        """What libraries set up once must be there before a capture; gradients stay as they are."""
        before = [each.clone() for each in self._gradients()]
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream), _uncached_autocast():
            objective(*places)[0].backward()  # type: ignore[no-untyped-call]
        torch.cuda.current_stream().wait_stream(stream)
        torch._foreach_copy_(self._gradients(), before)


def _uncached_autocast() -> torch.autocast:
    """The mode that is on, without weights cast outside of the graph."""
    return torch.autocast(
        "cuda",
        dtype=torch.get_autocast_dtype("cuda"),
        enabled=torch.is_autocast_enabled("cuda"),
        cache_enabled=False,
    )
