"""Log-mel features against faster-whisper's own, the slow twin."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor
from laidian.engines import RATE
from laidian.engines.features import log_mel


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize(
    ("samples", "window_s"),
    [(11 * RATE, 14), (2 * RATE + 77, 6), (29 * RATE - 1, 30), (30 * RATE, 30), (31 * RATE, 30), (201, 4), (3, 4), (0, 4)],
)
def test_features_are_those_the_model_was_trained_on(samples: int, window_s: int, bands: int) -> None:
    twin = FeatureExtractor(feature_size=bands)
    rng = np.random.default_rng(samples)
    sound = (rng.normal(0, 0.05, samples) * np.abs(np.sin(np.arange(samples) / 3000))).astype(np.float32)
    window = np.zeros(window_s * RATE, np.float32)
    window[:samples] = sound[: window.size]
    found = log_mel(sound, twin.mel_filters, 100 * window_s)
    assert found.shape == (bands, 100 * window_s)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, twin(window)[:, : 100 * window_s], atol=2e-5)


def test_features_of_a_pure_tone_lie_in_its_band() -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    filters = FeatureExtractor().mel_filters
    at_1000_hz = filters[:, 25]  # of 201 frequencies, 40 Hz apart
    assert log_mel(tone, filters, 100)[:, 50].argmax() == at_1000_hz.argmax()
