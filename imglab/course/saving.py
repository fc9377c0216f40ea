"""What JupyterLab keeps of an Explorer when a student saves: its picture, or its words.

A live widget cannot be shown again once its kernel is gone; JupyterLab would
then write "Error displaying widget: model not found" in its place. `imglab lab`
names the function below to Jupyter's server, which calls it before it writes.
"""

from typing import Any

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def keep_the_picture(model: dict[str, Any], **_: object) -> None:
    """Take the live view from every output that also holds a picture or words in HTML.

    Parameters
    ----------
    model : dict
        A file as Jupyter is about to write it; a notebook's is changed in
        place, any other is left alone. What the browser shows is not changed.
    """
    if model.get("type") != "notebook" or not model.get("content"):
        return
    for cell in model["content"]["cells"]:
        for output in cell.get("outputs", []):
            if {"image/png", "text/html"} & output.get("data", {}).keys():
                output["data"].pop(WIDGET_VIEW, None)
