"""Values of tensors that torch may take apart and put together, as `torch.export` does with what a network returns."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, TypeVar

from torch.utils._pytree import GetAttrKey, register_pytree_node

Value = TypeVar("Value")


def as_pytree(*plain: str) -> Any:
    """Gives a decorator that registers a frozen dataclass as a tree of the tensors in its fields.

    What is put together is not checked again: torch puts other things than tensors into trees too. A field that is None
    is no leaf.

    Args:
        plain: Fields that are no tensors; they belong to the shape of the tree, and must be plain values.
    """

    def register(cls: type[Value]) -> type[Value]:
        names = [entry.name for entry in fields(cls) if entry.name not in plain]  # type: ignore[arg-type]

        def flatten(value: Value) -> tuple[list[Any], list[Any]]:
            present = [name for name in names if getattr(value, name) is not None]
            return [getattr(value, name) for name in present], [present, [getattr(value, name) for name in plain]]

        def flatten_with_keys(value: Value) -> tuple[list[Any], list[Any]]:
            parts, context = flatten(value)
            return [(GetAttrKey(name), part) for name, part in zip(context[0], parts, strict=True)], context

        def unflatten(parts: Iterable[Any], context: list[Any]) -> Value:
            present, values = context
            given = (
                dict.fromkeys(names) | dict(zip(present, parts, strict=True)) | dict(zip(plain, values, strict=True))
            )
            made = object.__new__(cls)
            for name, part in given.items():
                object.__setattr__(made, name, part)
            return made

        register_pytree_node(
            cls,
            flatten,
            unflatten,
            serialized_type_name=f"{cls.__module__}.{cls.__qualname__}",
            flatten_with_keys_fn=flatten_with_keys,
        )
        return cls

    return register
