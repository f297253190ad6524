"""What faces Jupyter: the served pages, JupyterLab, and the commands that start them."""
