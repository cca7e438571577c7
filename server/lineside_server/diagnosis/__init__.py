"""From a finding to its ranked causes, and from many findings to one incident."""
