"""Brings sums of pieces' vectors closer to what the model says of whole texts."""

import numpy as np
from scipy import linalg, sparse

# How much staying as they are counts against coming close.
RIDGE = 3.0


def fitted(vectors, bags, targets):
    """Ridge regression around `vectors`, [pieces, dimensions].

    `bags` holds the pieces of each text, `targets` its vector from the model. Pieces move in proportion to the square of
    their length, so that what is frequent and light stays so; pieces in no text stay as they are.
    """
    targets = targets / np.linalg.norm(targets, axis=1, keepdims=True)
    texts = np.repeat(np.arange(len(bags)), [len(bag) for bag in bags])
    shape = len(bags), len(vectors)
    counts = sparse.csr_matrix((np.ones(len(texts)), (texts, np.concatenate(bags))), shape=shape)
    sums = counts @ vectors
    lengths = np.linalg.norm(sums, axis=1)
    lengths[lengths == 0] = np.inf
    shares = sparse.diags(1 / lengths) @ counts
    free = np.square(vectors).sum(1)
    free /= free.mean()
    gram = (shares @ sparse.diags(free) @ shares.T).toarray()
    gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) / len(gram)
    moved = linalg.solve(gram, targets - sums / lengths[:, None], assume_a="pos", overwrite_a=True)
    return vectors + free[:, None] * (shares.T @ moved)
