from microscope.services.examples import examples


def test_the_bundled_model_has_examples_and_others_have_none() -> None:
    titles = [example.title for example in examples("specimen")]
    assert len(set(titles)) == len(titles) >= 5
    assert examples("gpt2") == ()
