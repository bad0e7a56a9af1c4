"""What people read and write, as words: texts of the lake, statements, timelines, mentions, digests read out."""
