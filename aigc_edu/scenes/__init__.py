"""Soundscapes and packs of effects, described in files (floor 3)."""

from aigc_edu.scenes.graph import Layer, Path, Room, Scene, Source
from aigc_edu.scenes.packs import make_pack, read_pack
from aigc_edu.scenes.reading import SceneError, read_scene, scene_from
from aigc_edu.scenes.rendering import render, render_blocks
from aigc_edu.scenes.storing import Stored, store

__all__ = [
    "Layer",
    "Path",
    "Room",
    "Scene",
    "SceneError",
    "Source",
    "Stored",
    "make_pack",
    "read_pack",
    "read_scene",
    "render",
    "render_blocks",
    "scene_from",
    "store",
]
