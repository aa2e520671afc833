"""Reference values for Tests/TrainingTests: ten optimiser steps and clipping by torch, schedules by
transformers, metrics by scikit-learn and scipy. Lion is in neither; its ten lines here follow Algorithm 2 of arXiv:2302.06675.

Run from the project's root:  python scripts/make-fixtures.d/training.py
"""

import json
import pathlib

import scipy.stats
import sklearn.metrics
import torch
import transformers

STEPS = 10
SHAPES = {"a": (2, 3), "b": (4,)}
# At these steps "b" has no gradient: it must stay as it is.
SKIPPED = {"b": {2, 3, 7}}

torch.manual_seed(7)
# Drawn in f32, so that both precisions start from the same numbers.
START = {name: torch.randn(shape) for name, shape in SHAPES.items()}
GRADIENTS = [{name: torch.randn(shape) for name, shape in SHAPES.items()} for _ in range(STEPS)]


def lion(parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
    moments = {}

    def step():
        for p in parameters:
            if p.grad is None:
                continue
            m = moments.setdefault(p, torch.zeros_like(p))
            with torch.no_grad():
                p.mul_(1 - lr * weight_decay)
                p.sub_(lr * torch.sign(betas[0] * m + (1 - betas[0]) * p.grad))
                m.mul_(betas[1]).add_((1 - betas[1]) * p.grad)

    return step


CASES = {
    "adamw": lambda ps: torch.optim.AdamW(ps, lr=1e-2).step,
    "adamw-set": lambda ps: torch.optim.AdamW(
        ps, lr=3e-2, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1
    ).step,
    "adamw-groups": lambda ps: torch.optim.AdamW(
        [{"params": [ps[0]]}, {"params": [ps[1]], "lr": 5e-2, "weight_decay": 0.2}], lr=1e-2
    ).step,
    "adam": lambda ps: torch.optim.Adam(ps, lr=1e-2).step,
    "adam-decay": lambda ps: torch.optim.Adam(ps, lr=1e-2, weight_decay=0.1).step,
    "sgd": lambda ps: torch.optim.SGD(ps, lr=0.1).step,
    "sgd-momentum": lambda ps: torch.optim.SGD(ps, lr=0.1, momentum=0.9, weight_decay=0.05).step,
    "sgd-nesterov": lambda ps: torch.optim.SGD(
        ps, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05
    ).step,
    "lion": lambda ps: lion(ps, lr=1e-2, betas=(0.9, 0.99), weight_decay=0.1),
}


def trajectory(make, dtype):
    parameters = {name: torch.nn.Parameter(value.to(dtype, copy=True)) for name, value in START.items()}
    step = make(list(parameters.values()))
    states = []
    for number in range(STEPS):
        for name, parameter in parameters.items():
            skip = number in SKIPPED.get(name, ())
            parameter.grad = None if skip else GRADIENTS[number][name].to(dtype, copy=True)
        step()
        states.append({name: p.detach().flatten().tolist() for name, p in parameters.items()})
    return states


def clipped(limit):
    parameters = [torch.nn.Parameter(value.double()) for value in START.values()]
    for parameter, gradient in zip(parameters, GRADIENTS[0].values()):
        parameter.grad = gradient.double()
    norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
    return {
        "limit": limit,
        "norm": norm.item(),
        "gradients": {n: p.grad.flatten().tolist() for n, p in zip(SHAPES, parameters)},
    }


def schedule(name, warmup, horizon):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = transformers.get_scheduler(
        name, optimizer, num_warmup_steps=warmup, num_training_steps=horizon
    )
    factors = []
    for _ in range(horizon):
        factors.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return {"name": name, "warmup": warmup, "horizon": horizon, "factors": factors}


def classification(classes, count, seed):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn((count, classes), generator=generator)
    # The last class never is a label, so that a figure is 0 / 0 when there are more than two.
    labels = torch.randint(0, max(2, classes - 1), (count,), generator=generator)
    logits[:, -1] -= 9.0 if classes > 2 else 0.0
    # Where there are four classes, class 2 is never predicted.
    if classes == 4:
        logits[:, 2] -= 9.0
    predictions = logits.argmax(-1)
    arguments = dict(labels=range(classes), zero_division=0)
    scores = sklearn.metrics.precision_recall_fscore_support(labels, predictions, **arguments)
    return {
        "classes": classes,
        "logits": logits.double().flatten().tolist(),
        "labels": labels.tolist(),
        "confusion": sklearn.metrics.confusion_matrix(
            labels, predictions, labels=range(classes)
        ).tolist(),
        "accuracy": sklearn.metrics.accuracy_score(labels, predictions),
        "precision": scores[0].tolist(),
        "recall": scores[1].tolist(),
        "f1": scores[2].tolist(),
        "macroF1": sklearn.metrics.f1_score(labels, predictions, average="macro", zero_division=0),
        "matthews": float(sklearn.metrics.matthews_corrcoef(labels, predictions)),
        "loss": torch.nn.functional.cross_entropy(logits.double(), labels).item(),
        "perplexity": torch.nn.functional.cross_entropy(logits.double(), labels).exp().item(),
    }


def regression():
    targets = [0.0, 1.5, 1.5, 2.0, 3.25, 5.0, 4.0]
    predictions = [0.25, 1.0, 2.0, 2.0, 2.5, 4.0, 4.5]
    return {
        "targets": targets,
        "predictions": predictions,
        "pearson": float(scipy.stats.pearsonr(predictions, targets).statistic),
        "spearman": float(scipy.stats.spearmanr(predictions, targets).statistic),
        "mse": float(sklearn.metrics.mean_squared_error(targets, predictions)),
        "mae": float(sklearn.metrics.mean_absolute_error(targets, predictions)),
    }


def flat(tensors):
    return {name: tensor.double().flatten().tolist() for name, tensor in tensors.items()}


fixture = {
    "shapes": SHAPES,
    "skipped": {name: sorted(steps) for name, steps in SKIPPED.items()},
    "start": flat(START),
    "gradients": [flat(step) for step in GRADIENTS],
    "f64": {name: trajectory(make, torch.float64) for name, make in CASES.items()},
    "f32": {name: trajectory(make, torch.float32) for name, make in CASES.items()},
    "clipping": [clipped(0.5), clipped(100.0)],
    "schedules": [
        schedule(name, warmup, 20)
        for name in ["constant_with_warmup", "linear", "cosine", "inverse_sqrt"]
        for warmup in [0, 5]
    ],
    "classification": [classification(2, 20, 1), classification(4, 25, 2)],
    "regression": regression(),
}
folder = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "TrainingTests" / "Fixtures"
folder.mkdir(parents=True, exist_ok=True)
(folder / "training.json").write_text(json.dumps(fixture, indent=None, separators=(",", ":")) + "\n")
