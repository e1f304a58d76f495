"""What holds for every test: hypothesis times nothing, because a test that fails on a slow machine says nothing."""

from hypothesis import settings

settings.register_profile("chainrule", deadline=None)
settings.load_profile("chainrule")
