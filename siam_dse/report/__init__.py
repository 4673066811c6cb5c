"""Tables, plots, the HTML report of a run, and the comparison of runs. The only room that imports plotly."""
