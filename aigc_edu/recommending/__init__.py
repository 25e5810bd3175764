"""Finding sounds that are alike (floor 5): embeddings, an index of a folder, playlists."""

from aigc_edu.recommending.embeddings import EMBEDDINGS, Embedding, embedding_of
from aigc_edu.recommending.index import Index, index_of_folder
from aigc_edu.recommending.playlists import order_of, playlist, preview, write_playlist

__all__ = [
    "EMBEDDINGS",
    "Embedding",
    "Index",
    "embedding_of",
    "index_of_folder",
    "order_of",
    "playlist",
    "preview",
    "write_playlist",
]
