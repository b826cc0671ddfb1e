"""What tests read off a figure."""


def integral(line):
    x, values = line.get_data()
    return values.sum() * (x[1] - x[0])


def labelled(ax, words):
    (found,) = [one for one in ax.get_lines() if words in str(one.get_label())]
    return found


def densities(ax):
    """The twin of an Axes that `plot_stages` made."""
    return ax.figure.axes[1]
