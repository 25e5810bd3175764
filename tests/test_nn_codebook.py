"""Codebooks: the nearest entry, straight through, following the data."""

import math

import pytest
import torch

from aigc_edu.errors import InvalidValueError
from aigc_edu.nn import Codebook, ResidualCodebook, perplexity, share_alive


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize(("size", "channels", "length"), [(1, 1, 1), (7, 3, 5), (16, 8, 11)])
def test_the_nearest_entry_is_taken(size, channels, length):
    book, x = Codebook(size, channels).eval(), torch.randn(2, channels, length)
    quantised, codes, commitment = book(x)
    for b in range(2):
        for t in range(length):
            distances = [float(((x[b, :, t] - entry) ** 2).sum()) for entry in book.entries]
            assert int(codes[b, t]) == distances.index(min(distances))
            torch.testing.assert_close(quantised[b, :, t], book.entries[codes[b, t]])
    assert float(commitment) == pytest.approx(float(((x - quantised) ** 2).mean()), rel=1e-5)


def test_the_gradient_goes_straight_through():
    book, x = Codebook(8, 4).eval(), torch.randn(2, 4, 6, requires_grad=True)
    weights = torch.randn(2, 4, 6)
    (book(x)[0] * weights).sum().backward()
    torch.testing.assert_close(x.grad, weights)


def test_the_commitment_pulls_the_features_to_their_entries():
    book, x = Codebook(8, 4).eval(), torch.randn(2, 4, 6, requires_grad=True)
    quantised, _, commitment = book(x)
    commitment.backward()
    torch.testing.assert_close(x.grad, 2 * (x - quantised).detach() / x.numel())


def test_entries_become_the_means_of_what_they_are_given():
    book = Codebook(4, 2, decay=0.9).train()
    corners = torch.tensor([[3.0, 3.0], [3.0, -3.0], [-3.0, 3.0], [-3.0, -3.0]])
    book.entries.copy_(0.3 * corners)
    for _ in range(200):
        rows = corners.repeat(50, 1) + 0.1 * torch.randn(200, 2)
        book(rows.T[None])
    torch.testing.assert_close(book.entries, corners, rtol=0, atol=0.05)


def test_one_step_is_the_moving_average_of_the_paper():
    book = Codebook(3, 2, decay=0.75, least_use=0.0).train()
    entries, x = book.entries.clone(), torch.randn(1, 2, 20)
    codes = book.encode(x)[0]
    book(x)
    for k in range(3):
        mine = x[0, :, codes == k]
        use = 0.75 * 1 + 0.25 * mine.shape[1]
        total = 0.75 * entries[k] + 0.25 * mine.sum(dim=1)
        torch.testing.assert_close(book.entries[k], total / use)


def test_in_evaluation_nothing_moves():
    book = Codebook(8, 4).eval()
    before = {name: value.clone() for name, value in book.state_dict().items()}
    book(torch.randn(3, 4, 5))
    assert all(torch.equal(before[name], value) for name, value in book.state_dict().items())


def test_unused_entries_are_moved_to_the_data():
    data = 100 + torch.randn(1, 2, 64)  # one entry is the nearest to all of it
    left, moved = Codebook(16, 2, 0.5, least_use=0.0), Codebook(16, 2, 0.5, least_use=0.1)
    for book in (left, moved):
        for _ in range(20):
            book.train()(data)
    assert perplexity(left.encode(data), 16) < 2
    assert perplexity(moved.encode(data), 16) > 6


def test_start_puts_the_entries_where_the_data_are():
    """On the data themselves, if there are as many as entries; near all of them if not."""
    book, x = Codebook(18, 3), torch.randn(2, 3, 9)
    book.start(x)
    rows = x.transpose(1, 2).reshape(-1, 3)
    assert torch.cdist(rows, book.entries).amin(dim=1).max() == 0
    few = Codebook(40, 3)
    few.start(x)
    assert torch.cdist(rows, few.entries).amin(dim=1).max() == 0
    groups = 10 * torch.eye(4).repeat(25, 1) + 0.1 * torch.randn(100, 4)  # 25 around each of four
    book = Codebook(4, 4)
    book.start(groups.T[None])
    means = groups.view(25, 4, 4).mean(dim=0)
    nearest = torch.cdist(means, book.entries).argmin(dim=1)
    torch.testing.assert_close(book.entries[nearest], means)
    assert torch.equal(book.total, book.entries) and bool((book.use == 1).all())


def test_all_entries_of_all_books_are_hit_after_the_start():
    """By the very same data, residual books too; and the same seed gives the same start."""
    x, started = torch.randn(4, 6, 250), []
    for _ in range(2):
        torch.manual_seed(3)
        books = ResidualCodebook(6, 64, 6).eval()
        books.start(x)
        started.append(books)
    shares = [share_alive(codes, 64) for codes in books.encode(x).unbind(dim=1)]
    assert min(shares) > 0.95, shares
    first, second = (b.state_dict() for b in started)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_each_further_codebook_codes_what_is_left():
    books = ResidualCodebook(3, 8, 4).eval()
    x = torch.randn(2, 4, 6)
    quantised, codes, _ = books(x)
    assert codes.shape == (2, 3, 6)
    assert torch.equal(codes, books.encode(x))
    torch.testing.assert_close(books.decode(codes), quantised)
    first = books.books[0].decode(codes[:, 0])
    assert torch.equal(codes[:, 1], books.books[1].encode(x - first))
    torch.testing.assert_close(books.decode(codes[:, :1]), first)


def test_more_codebooks_leave_less():
    books = ResidualCodebook(4, 16, 3, decay=0.9).train()
    for _ in range(300):
        books(torch.randn(8, 3, 16))
    x = torch.randn(8, 3, 64)
    codes = books.eval().encode(x)
    left = [float(((x - books.decode(codes[:, :n])) ** 2).mean()) for n in range(1, 5)]
    assert all(b < 0.8 * a for a, b in zip(left, left[1:], strict=False))


def test_a_residual_codebooks_gradient_goes_straight_through():
    books, x = ResidualCodebook(3, 8, 4).eval(), torch.randn(2, 4, 6, requires_grad=True)
    weights = torch.randn(2, 4, 6)
    (books(x)[0] * weights).sum().backward()
    torch.testing.assert_close(x.grad, weights)


def test_perplexity_counts_what_is_in_use():
    assert perplexity(torch.arange(32).reshape(4, 8), 64) == pytest.approx(32)
    assert perplexity(torch.zeros(9, dtype=torch.long), 64) == pytest.approx(1)
    half = torch.tensor([0, 0, 1, 2])  # 1/2, 1/4, 1/4: 1.5 bits
    assert math.log2(perplexity(half, 3)) == pytest.approx(1.5)


def test_bad_input_is_named():
    with pytest.raises(InvalidValueError, match=r"\(B, 4, T\).*\(2, 3, 5\)"):
        Codebook(8, 4)(torch.zeros(2, 3, 5))
    with pytest.raises(InvalidValueError, match=r"0 ... 7"):
        Codebook(8, 4).decode(torch.tensor([[8]]))
    with pytest.raises(InvalidValueError, match=r"integer codes"):
        Codebook(8, 4).decode(torch.zeros(1, 1))
    with pytest.raises(InvalidValueError, match=r"decay"):
        Codebook(8, 4, decay=1.0)
    with pytest.raises(InvalidValueError, match=r"\(B, 1 ... 2, T\).*\(1, 3, 4\)"):
        ResidualCodebook(2, 8, 4).decode(torch.zeros(1, 3, 4, dtype=torch.long))
    with pytest.raises(InvalidValueError, match="no codes"):
        perplexity(torch.zeros(0, dtype=torch.long), 4)
