"""The bundled sample calls: recordings, contact log, truth, and the script that made them."""
