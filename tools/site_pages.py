"""What is done to the pages when they are written: lighter, fewer requests, sounds beside them.

The sounds that a page carries go into files, which are loaded when they are played. All style
sheets become one, and so do the scripts. Of the theme's fonts of icons only the icons that are used are kept, inside the
style sheet; the theme's script that would draw them again isn't loaded.
"""
