"""Pictures in and out: reading and writing files, folders, the sample photographs, the project's own painter."""
