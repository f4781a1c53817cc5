"""The synthesizers that Synth brings itself; found through the entry point group `synth.models`."""
